/** The study of the learned examples: each run trained and tested, its checkpoint kept with a card. */
import { join } from 'node:path';
import {
  checkpointStore,
  describeRun,
  evaluationPoints,
  fold,
  fromSeed,
  hasCheckpoint,
  LEARNED_TARGETS,
  type Layers,
  learnedMethod,
  type LearnedModel,
  type ModelCardFacts,
  readModelCard,
  relativeStep,
  type RunProgress,
  runFolder,
  saveCheckpoint,
  scalarDataset,
  scalarMetric,
  scalingCurve,
  trainLearned,
  type TrainingProgress,
  type TrainingResult,
} from '@equilibria/core';

/** One run of the study. */
export type StudyRun = {
  /** Its name among the learned targets. */
  readonly target: string;
  readonly model: LearnedModel;
  readonly seed: number;
  readonly steps: number;
  /** Peak learning rate; default that of the recipe. */
  readonly rate?: number;
};

/** What a card says of a run that has come so far. */
export type Facts = (progress: Pick<RunProgress, 'best'>) => ModelCardFacts;

/** A look at a model along its evaluations, on the test inputs. */
export type TestPoint = {
  readonly evaluations: number;
  readonly mean: number | null;
  readonly median: number | null;
  /** The largest ratio of the pairs. */
  readonly lipschitz: number | null;
};

/** What a run came to. */
export type StudyRow = {
  readonly target: string;
  /** Supremum of the slope of the map itself. */
  readonly targetLipschitz: number;
  readonly model: string;
  readonly seed: number;
  readonly parameters: number;
  readonly steps: number;
  /** The best mean error on the validation inputs, by which the parameters were chosen. */
  readonly validation: number | null;
  readonly test: readonly TestPoint[];
};

/** Test inputs are drawn from a seed of their own: no run is trained with it. */
const TEST_SEED = 1000;
/** So many that those near a pole, which have most of the error, are many too. */
const TEST_SIZE = 2048;
const MAX_EVALUATIONS = 2 ** 16;

/** Trains the run in its folder, or goes on with it there, keeps what validation liked best as a model, and tests that. */
export async function studyRun(
  run: StudyRun,
  { out, onProgress }: { readonly out: string; readonly onProgress: (progress: TrainingProgress) => void },
): Promise<StudyRow> {
  const { target, model, seed, steps } = run;
  const folder = modelFolder(run, out);
  if (!(await hasCheckpoint(folder))) {
    const facts = await factsOf(run);
    const best = await trainedBest(run, join(folder, 'run'), { facts, onProgress });
    if (best === null) throw new Error(`learn: ${folder} has no finite validation score; nothing to keep.`);
    await saveCheckpoint(folder, {
      trees: { params: best.params },
      card: facts({ best }),
    });
  }
  return {
    target,
    targetLipschitz: LEARNED_TARGETS[target]!.lipschitz,
    model: model.name,
    seed,
    parameters: model.parameters,
    steps,
    validation: (await readModelCard(folder)).metrics[0]!.value,
    test: await testedCurve(run, folder),
  };
}

/** Trains the run in a folder, or goes on with it there: what validation liked best. */
export async function trainedBest(
  run: StudyRun,
  folder: string,
  {
    facts,
    onProgress,
  }: { readonly facts: Facts; readonly onProgress?: (progress: TrainingProgress) => void },
): Promise<TrainingResult<Layers>['best']> {
  const { target, model, seed, steps, rate } = run;
  const { best } = await trainLearned(
    { target: LEARNED_TARGETS[target]!, model, seed, steps, ...(rate !== undefined && { rate }) },
    { store: checkpointStore(folder, facts), ...(onProgress && { onProgress }) },
  );
  return best;
}

/** Of a run's model; the run itself is kept below it. */
export function modelFolder({ target, model, seed }: StudyRun, out: string): string {
  return join(out, runFolder(target, model.name, seed));
}

async function testedCurve({ target: name, model }: StudyRun, folder: string): Promise<readonly TestPoint[]> {
  const target = LEARNED_TARGETS[name]!;
  const key = fold(fromSeed(TEST_SEED), name);
  const { problems } = scalarDataset(target, fold(key, 'problems'), TEST_SIZE);
  const solving = await learnedMethod(model.name, { target, model, folder }).load({ key });
  try {
    const { scaling } = await scalingCurve(solving, problems, {
      metric: scalarMetric(target),
      perturbations: [relativeStep(target, 1e-4, '10⁻⁴ of x')],
      points: evaluationPoints(MAX_EVALUATIONS),
      key,
    });
    return scaling.map(({ evaluations, quality, lipschitz }) => ({
      evaluations,
      mean: quality.mean,
      median: quality.median,
      lipschitz: lipschitz[0]!.max,
    }));
  } finally {
    await solving.dispose?.();
  }
}

/** What the card says of a run, as it is saved. */
export async function factsOf({
  target,
  model,
  seed,
  steps,
}: StudyRun): Promise<(progress: Pick<RunProgress, 'best'>) => ModelCardFacts> {
  const start = performance.now();
  const run = await describeRun({
    seed,
    config: { target, model: model.name, sizes: model.sizes.join(' '), steps },
    backend: 'onnxruntime-node/cpu',
    dtype: 'float32',
    wallTimeMs: 0,
    manifest: new URL('../../package.json', import.meta.url),
  });
  const { name, unit, better } = scalarMetric(LEARNED_TARGETS[target]!);
  return ({ best }) => ({
    name: `${target}, ${model.name}, seed ${seed}`,
    description: `An ${model.kind} model of the map: ${LEARNED_TARGETS[target]!.name}. Trained on fresh inputs at every step.`,
    domain: target.startsWith('sine') ? 'learned-sine' : 'learned-two-pole',
    operator: {
      name: model.kind === 'implicit' ? 'learned-pace' : 'multilayer-perceptron',
      config: { sizes: [...model.sizes] },
    },
    // Generated: the seed and the target tell every input.
    data: [],
    command: `npm run learn -- --targets ${target} --models ${model.name} --seeds ${seed} --steps ${steps}`,
    run: { ...run, wallTimeMs: performance.now() - start },
    metrics: [{ name: `mean ${name}`, unit, better, split: 'validation', value: best?.score ?? null }],
    licence: 'Apache-2.0',
    intendedUse:
      'Shows how quality and Lipschitz constant of a learned implicit model grow with its iterations.',
    limits: 'A toy: one input, one output, inputs of the given range only.',
  });
}
