/** What a Lipschitz study found, as plain data: its schema, and how samples become the numbers in it. */

import { DataError } from '@equilibria/compile';
import { type Interval, quantiles, summarizeRatios } from '@equilibria/core';
import { z } from 'zod';

/** The document's first field. */
export const LIPSCHITZ_SCHEMA = 'equilibria.lp-lipschitz/1';

const count = z.int().nonnegative();
const name = z.string().min(1);
/** Finite, or null where a value of the sample is not. */
const measured = z.number().nullable();

const spreadSchema = z.strictObject({
  /** Values that are finite, and the others. */
  n: count,
  failures: count,
  max: measured,
  mean: measured,
  /** 95 % confidence interval of the mean: percentile bootstrap over programs, too narrow for heavy tails. */
  low: measured,
  high: measured,
  /** A failure ranks above every value. */
  quantiles: z.strictObject({ q05: measured, q25: measured, q50: measured, q75: measured, q95: measured }),
});

const perturbationSchema = z.strictObject({
  name,
  /** Programs that have no optimum any more; they are in none of the numbers. */
  unsolved: count,
  /** The ceiling: `‖Δx*‖₂/‖Δinput‖₂` of the exact solution map, by HiGHS, one value a program. */
  exact: spreadSchema,
  /** Programs whose optimal basis is no longer optimal: where costs do that, the solution jumps. */
  changedBasis: count,
  /** The exact ratios of the others. */
  exactInBasis: spreadSchema,
});

const lookSchema = z.strictObject({
  /** Evaluations of G. */
  evaluations: count,
  /** Mean of `‖G(z_t) − z_t‖₂` on the unperturbed programs; null for methods without one. */
  residual: measured,
  /** `‖Δŷ_t‖₂/‖Δinput‖₂`, one value a program, for each perturbation in the order of the study's. */
  lipschitz: z.array(spreadSchema),
});

const regularitySchema = z.strictObject({
  evaluations: count,
  /** `‖G(z_t) − z_t‖₂`, one value a program. */
  residual: spreadSchema,
  /**
   * `‖∂G/∂z‖₂` at `z_t`, estimated from below: below 1, G contracts there. Of a network that is iterated by shorter and shorter steps, G
   * is its shortest here and in `rate`.
   */
  contraction: spreadSchema,
  /** The spectral radius of `∂G/∂z` at `z_t`: below 1, Picard iteration converges near a fixed point there. */
  rate: spreadSchema,
});

const methodSchema = z.strictObject({
  name,
  /** The most evaluations in training; null where nothing was trained. */
  trainingDepth: count.nullable(),
  /** In increasing order of `evaluations`. */
  along: z.array(lookSchema),
  /** Of methods whose operator was differentiated; else empty. */
  regularity: z.array(regularitySchema),
});

/** The document; unknown keys are errors. */
export const lipschitzStudySchema = z.strictObject({
  schema: z.literal(LIPSCHITZ_SCHEMA),
  /** Root of all random numbers. */
  seed: z.int(),
  /** Programs studied. */
  programs: count,
  /** Norm of every change, in the units of what is changed. */
  changeNorm: z.number().positive(),
  perturbations: z.array(perturbationSchema),
  methods: z.array(methodSchema),
});

export type LipschitzStudy = z.infer<typeof lipschitzStudySchema>;
export type PerturbationStudy = z.infer<typeof perturbationSchema>;
export type MethodStudy = z.infer<typeof methodSchema>;
export type LipschitzLook = z.infer<typeof lookSchema>;
export type RegularityLook = z.infer<typeof regularitySchema>;
/** A sample of values that are not negative, in a few numbers. */
export type Spread = z.infer<typeof spreadSchema>;

/**
 * Checks that a value (as from `JSON.parse`) is a study.
 * @throws {DataError} naming every field that is wrong.
 */
export function parseLipschitzStudy(value: unknown): LipschitzStudy {
  const parsed = lipschitzStudySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DataError(
    `parseLipschitzStudy: must be a study of schema ${LIPSCHITZ_SCHEMA}; got\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  );
}

/** A sample in a few numbers; `intervalOf` is called with the sample. */
export function spreadOf(values: Float64Array, intervalOf: (values: Float64Array) => Interval): Spread {
  const n = values.filter(Number.isFinite).length;
  const at = (share: number): number | null => quantiles(values, [share])[0]!;
  return {
    n,
    failures: values.length - n,
    ...summarizeRatios(values, intervalOf(values)),
    ...(values.length === 0 && { max: null }),
    quantiles: { q05: at(0.05), q25: at(0.25), q50: at(0.5), q75: at(0.75), q95: at(0.95) },
  };
}
