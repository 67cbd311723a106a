/** What an exported model says of itself, in the metadata of its file: a card of any form, as that of a checkpoint, and how it solves. */
import { DataError, readModel, type ModelFacts } from '@equilibria/compile';
import { z } from 'zod';
import type { LoopOptions } from '../solvers/fixed-point-loop.ts';
import { VERDICTS } from '../solvers/verdict.ts';
import type { Json } from '../checkpoints/strict-json.ts';

/** How an exported model solves. */
export type SolveCard = {
  readonly operator: string;
  readonly solver: string;
  readonly maxSteps: number;
  readonly checkEvery: number;
  /** What the codes of the output `status` mean. */
  readonly verdicts: readonly string[];
};

/** What is known of an exported model before it runs. */
export type OnnxDescription = Omit<ModelFacts, 'metadata'> & {
  readonly precision: string;
  readonly solve: SolveCard;
  /** As it was given to `exportOnnx`. */
  readonly card: Readonly<Record<string, Json>>;
};

/** The keys of the metadata. */
const KEYS = { format: 'equilibria.format', solve: 'equilibria.solve', card: 'equilibria.card' } as const;
const FORMAT = 'equilibria.onnx/1';

const json: z.ZodType<Json> = z.json();
const cardSchema = z.record(z.string(), json);
const solveSchema = z.object({
  operator: z.string(),
  solver: z.string(),
  maxSteps: z.number().int().nonnegative(),
  checkEvery: z.number().int().positive(),
  verdicts: z.array(z.string()),
});

/**
 * The metadata of an exported model.
 * @throws {DataError} if the card is not an object of JSON values: a number that is not finite, `undefined`, a function.
 */
export function cardMetadata(
  card: Readonly<Record<string, Json>>,
  {
    operator,
    solver,
    loop,
  }: { readonly operator: string; readonly solver: string; readonly loop: LoopOptions<never> },
): Readonly<Record<string, string>> {
  const checked = cardSchema.safeParse(card);
  if (!checked.success) {
    throw new DataError(
      `exportOnnx: the card must be an object of JSON values; got ${wrongIn(checked.error)}.`,
    );
  }
  const { maxSteps, checkEvery = 1 } = loop;
  const solve: SolveCard = { operator, solver, maxSteps, checkEvery, verdicts: VERDICTS };
  return {
    [KEYS.format]: FORMAT,
    [KEYS.solve]: JSON.stringify(solve),
    [KEYS.card]: JSON.stringify(card),
  };
}

/**
 * Reads an exported model without running it: its card, how it solves, its inputs and outputs. The file is data: what is read is
 * checked, and the graph is not.
 *
 * @param model - the bytes of the file. Borrowed.
 * @throws {DataError} if they are not an ONNX model, or not one of `exportOnnx`.
 */
export function describeOnnx(model: Uint8Array): OnnxDescription {
  const { metadata, ...facts } = readModel(model);
  const format = metadata[KEYS.format];
  if (format !== FORMAT) {
    throw new DataError(
      `describeOnnx: the model must be of format ${FORMAT}; got ${format === undefined ? 'none' : `'${format}'`}. Export it with exportOnnx.`,
    );
  }
  return {
    ...facts,
    precision: metadata['precision'] ?? 'float32',
    solve: parsed(KEYS.solve, metadata, solveSchema),
    card: parsed(KEYS.card, metadata, cardSchema),
  };
}

function parsed<T>(key: string, metadata: Readonly<Record<string, string>>, schema: z.ZodType<T>): T {
  const result = schema.safeParse(jsonOf(metadata[key]));
  if (result.success) return result.data;
  throw new DataError(
    `describeOnnx: the metadata '${key}' must be what exportOnnx writes; got ${wrongIn(result.error)}.`,
  );
}

/** Nothing, for what is no JSON. */
function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrongIn({ issues }: z.ZodError): string {
  const [first] = issues;
  return `'${first?.path.join('.') ?? ''}': ${first?.message ?? 'something else'}`;
}
