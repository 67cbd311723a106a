/** The results of a run: one JSON schema for every domain, `null` and never NaN. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DataError } from '@equilibria/compile';
import { writeFileAtomic } from './atomic-file.ts';

/** A measured number: finite, or null where nothing could be measured or a failure makes the statistic meaningless. */
const measured = z.number().nullable();
const count = z.int().nonnegative();
const durationMs = z.number().nonnegative();
const name = z.string().min(1);

/** What a method is to the study. */
export const METHOD_KINDS = ['implicit', 'explicit', 'classical'] as const;

const machineSchema = z.strictObject({
  /** Model name of the processor, as the system tells it. */
  cpu: z.string(),
  /** Logical cores. */
  cores: count,
  memoryBytes: count,
  /** Operating system, its release and the architecture, as in `linux 6.1.0 x64`. */
  platform: z.string(),
});

const runSchema = z.strictObject({
  /** The root seed: every random number of the run derives from it. */
  seed: z.int(),
  /** The options of the run, defaults filled in. */
  config: z.record(z.string(), z.json()),
  /** The git commit, with `-dirty` behind it if tracked files differ; null outside a git checkout. */
  commit: z.string().nullable(),
  /** Version by package name, and `node`. */
  versions: z.record(z.string(), z.string()),
  /** What computed, as in `onnxruntime-node/cpu`. */
  backend: name,
  /** Element type of the computation, as in `float64`. */
  dtype: name,
  machine: machineSchema,
  /** The whole run. */
  wallTimeMs: durationMs,
});

const datasetSchema = z.strictObject({
  name,
  /** Which part of it was evaluated, as in `test`. */
  split: name,
  /** Lower-case hexadecimal digest of the data: which bytes, the data set's documentation says. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Number of problems. */
  size: count,
});

const metricSchema = z.strictObject({
  name,
  /** Unit of the scores, `1` if dimensionless. */
  unit: name,
  better: z.enum(['lower', 'higher']),
});

const testSchema = z.strictObject({
  /** Mean score of the problems that did not fail, after the last evaluation looked at. */
  mean: measured,
  /** Median score of *all* problems, a failure being worse than any score. */
  median: measured,
  /** Sample standard deviation of the scores. */
  std: measured,
  /** Problems scored. */
  n: count,
  /** Problems whose answer or score was not finite. */
  failures: count,
  /** Seeds whose results are in these numbers. */
  seeds: z.array(z.int()),
});

const lipschitzSchema = z.strictObject({
  /** Name of the perturbation. */
  perturbation: name,
  /** Largest ratio `‖Δŷ_t‖/‖Δx‖` of all pairs. */
  max: measured,
  /** Mean ratio, and its 95 % confidence interval. */
  mean: measured,
  low: measured,
  high: measured,
  /** What theory bounds `max` by at this number of evaluations. */
  ceiling: z.number().nonnegative().optional(),
});

const scalingSchema = z.strictObject({
  /** Evaluations of G per problem; 1 for explicit methods, the mean of their own iterations for classical ones. */
  evaluations: count,
  /** Floating-point operations per problem up to here. */
  flops: z.number().nonnegative().optional(),
  /** Scores: mean with its 95 % confidence interval, and median; null as failures demand. */
  quality: z.strictObject({ mean: measured, median: measured, low: measured, high: measured }),
  lipschitz: z.array(lipschitzSchema),
  /** Mean of `‖G(z_t) − z_t‖`; null for methods without one. */
  residual: measured,
  /** Measured contraction factor of G at the iterate, dimensionless. */
  contraction: z.number().nonnegative().optional(),
  /** Time to compute the answers of all problems up to here; loading, warm-up and measuring are not in it. */
  wallTimeMs: durationMs,
});

const methodSchema = z.strictObject({
  name,
  kind: z.enum(METHOD_KINDS),
  /** Trained or tuned numbers in the method. */
  parameters: count,
  metric: metricSchema,
  test: testSchema,
  /** In increasing order of `evaluations`. */
  scaling: z.array(scalingSchema),
});

const domainSchema = z.strictObject({ name, dataset: datasetSchema, methods: z.array(methodSchema) });

/** `equilibria.results/1`; unknown keys are errors. Every field is explained in `docs/results-schema.md`. */
export const resultsSchema = z.strictObject({
  schema: z.literal('equilibria.results/1'),
  run: runSchema,
  domains: z.array(domainSchema),
});

export type Results = z.infer<typeof resultsSchema>;
export type RunDescription = z.infer<typeof runSchema>;
export type DomainResults = z.infer<typeof domainSchema>;
export type MethodResults = z.infer<typeof methodSchema>;
export type MethodKind = z.infer<typeof methodSchema>['kind'];
export type ScalingPoint = z.infer<typeof scalingSchema>;
export type LipschitzEstimate = z.infer<typeof lipschitzSchema>;
export type TestSummary = z.infer<typeof testSchema>;

/**
 * Checks that a value (as from `JSON.parse`) is a results document.
 * @throws {DataError} naming every field that is wrong.
 */
export function parseResults(value: unknown): Results {
  const parsed = resultsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new DataError(
    `parseResults: must be a document of schema equilibria.results/1; got\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  );
}

/**
 * Reads a results document.
 * @throws {DataError} if the file is not JSON or not of the schema.
 */
export async function readResults(path: string): Promise<Results> {
  const text = await readFile(path, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`readResults: ${path} must be JSON.`, { cause });
  }
  return parseResults(value);
}

/**
 * Writes a results document as indented JSON. The file at `path` is replaced whole or not at all.
 *
 * It is checked first, because `JSON.stringify` would write NaN as null without a word.
 * @throws {DataError} if `results` breaks the schema; nothing is written then.
 */
export async function writeResults(path: string, results: Results): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(parseResults(results), null, 2)}\n`);
}
