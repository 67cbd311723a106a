/** What a reader must know of a trained model before using it: one JSON schema, `equilibria.model-card/1`. */
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '@equilibria/compile';
import { writeFileAtomic } from '../evaluation/atomic-file.ts';
import { resultsSchema } from '../evaluation/results.ts';
import { refusalOf } from './refusal.ts';
import { readRegularFile } from './regular-file.ts';
import { parseStrictJson } from './strict-json.ts';

const name = z.string().min(1);
const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const dataSchema = z.strictObject({
  name,
  /** Which part of it, as in `train`. */
  split: name,
  /** Digest of the data: which bytes, the data set's documentation says. */
  sha256,
  /** Number of samples. */
  size: count,
  /** SPDX identifier, or a sentence. */
  licence: name,
});

const metricSchema = z.strictObject({
  name,
  /** Unit of the value, `1` if dimensionless. */
  unit: name,
  better: z.enum(['lower', 'higher']),
  /** Of the data, the part on which it was measured. */
  split: name,
  /** Null where it could not be measured. */
  value: z.number().nullable(),
});

const weightsSchema = z.strictObject({
  /** Name of the safetensors file beside the card; it has the first digits of its digest, and no folders. */
  file: z.string().regex(/^weights-[0-9a-f]{16}\.safetensors$/),
  sha256,
  bytes: count,
  /** Names of the trees of tensors in it, as `params`. */
  trees: z.array(z.string().regex(/^\w+$/)),
});

const factsSchema = z.strictObject({
  name,
  /** What the model is, in a sentence or two. */
  description: name,
  /** Domain of the benchmark, as in `lp-solver`. */
  domain: name,
  /** What the parameters are parameters of. */
  operator: z.strictObject({ name, config: z.record(z.string(), z.json()) }),
  /** What it was trained, tuned and tested on. */
  data: z.array(dataSchema),
  /** The command that trains it again. */
  command: name,
  /** Seed, configuration, commit, versions, back end, dtype and machine of the training run. */
  run: resultsSchema.shape.run,
  metrics: z.array(metricSchema),
  /** SPDX identifier of the weights' licence. */
  licence: name,
  intendedUse: name,
  /** Where it fails or was never tried. */
  limits: name,
});

/** `equilibria.model-card/1`; unknown keys are errors. */
export const modelCardSchema = factsSchema.extend({
  schema: z.literal('equilibria.model-card/1'),
  /** Numbers in the tree `params`. */
  parameters: count,
  weights: weightsSchema,
});

export type ModelCard = z.infer<typeof modelCardSchema>;

/** The part of a model card that a checkpoint cannot find out itself. */
export type ModelCardFacts = z.infer<typeof factsSchema>;

/** Name of the card in its folder. */
export const CARD_FILE = 'model-card.json';

/** No card that people read is longer. */
const MAX_CARD_BYTES = 2 ** 20;
const LIMITS = { depth: 32, values: 100_000 };

/**
 * Reads the card of a checkpoint. The weights are not looked at.
 * @throws {DataError} if the card is absent, is no file of the folder itself, or is not of the schema.
 */
export async function readModelCard(folder: string): Promise<ModelCard> {
  const path = join(folder, CARD_FILE);
  const refuse = refusalOf('readModelCard', path);
  const bytes = await readRegularFile(path, { maxBytes: MAX_CARD_BYTES, followLinks: false }, refuse);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return refuse('be in UTF-8', 'other bytes', { cause });
  }
  const parsed = modelCardSchema.safeParse(parseStrictJson(text, LIMITS, refuse));
  if (parsed.success) return parsed.data;
  return refuse('be a document of schema equilibria.model-card/1', problemsOf(parsed.error), {
    cause: parsed.error,
  });
}

/**
 * Checks what the caller knows of a model.
 * @throws {DataError} naming every field that is wrong.
 */
export function parseModelCardFacts(facts: ModelCardFacts): ModelCardFacts {
  const parsed = factsSchema.safeParse(facts);
  if (parsed.success) return parsed.data;
  throw new DataError(
    `saveCheckpoint: card must be of schema equilibria.model-card/1; got ${problemsOf(parsed.error)}. Correct these fields.`,
    { cause: parsed.error },
  );
}

/** Writes the card of a checkpoint as indented JSON, whole or not at all. */
export async function writeModelCard(folder: string, card: ModelCard): Promise<void> {
  await writeFileAtomic(join(folder, CARD_FILE), `${JSON.stringify(card, null, 2)}\n`);
}

/** On one line. */
function problemsOf({ issues }: z.ZodError): string {
  return issues.map(({ message, path }) => `${message} at ${JSON.stringify(path.join('.'))}`).join(', ');
}
