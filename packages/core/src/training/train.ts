/** `train`: steps of a compiled training step over batches, watched, validated, and resumable to the bit. */
import {
  assertKnownOptions,
  DtypeError,
  type HostArray,
  leaves,
  leavesWithPaths,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import type { HostTree } from '../data/host-tree.ts';
import { assertSteps } from '../solvers/assert-steps.ts';
import { type Better, finiteOrNull } from '../evaluation/statistics.ts';
import { compileTrainer, type HostState, type Trainer } from './compile-trainer.ts';
import { EMPTY_INTERVAL, type HistoryRow, type Interval, rowOf, withStep } from './history.ts';
import { resumed, type RunConfig, type RunStore, savedRun } from './run-store.ts';
import type { Json } from '../checkpoints/strict-json.ts';
import type { Schedule } from './schedules.ts';
import type { Task } from './task.ts';
import type { TrainStepOptions } from './train-step.ts';

/** A batch, and the position of the one that follows it. */
export type PositionedBatch<B extends TensorTree, Position> = {
  readonly batch: HostTree<B>;
  /** JSON. */
  readonly position: Position;
};

/** Batches without end, from any position on: equal positions give equal batches, which is what makes a run resumable. */
export type BatchSource<B extends TensorTree, Position extends Json = Json> = (
  position: Position | null,
) => AsyncIterable<PositionedBatch<B, Position>>;

/** How good parameters are, on data they are not trained on. */
export type Validation<P extends TensorTree> = {
  /** Steps from one look to the next; the last step is looked at as well. */
  readonly every: number;
  /** The score of the moving average, if one is kept, else of the parameters. */
  readonly score: (params: HostTree<P>, step: number) => number | Promise<number>;
  readonly better: Better;
  /** Looks without a better score after which training stops. Default: it does not. */
  readonly patience?: number;
};

/** A look at the parameters after a step. */
export type ValidationScore = {
  readonly step: number;
  /** Null if it was not finite; such a score is never the best. */
  readonly score: number | null;
};

/** The look that validation liked best. */
export type BestScore = { readonly step: number; readonly score: number };

/** What is shown of a run, after each step. */
export type TrainingProgress = {
  /** Steps done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Means of the last steps. */
  readonly row: HistoryRow;
  readonly samplesPerSecond: number;
  readonly remainingMs: number;
  readonly best: BestScore | null;
};

/** A whole training run. */
export type TrainingOptions<
  P extends TensorTree,
  B extends TensorTree,
  R extends TensorTree,
  S extends TensorTree,
> = TrainStepOptions<S> & {
  readonly task: Task<P, B, R>;
  /** Where training begins: float32 leaves. Copied. */
  readonly params: HostTree<P>;
  /** A {@link BatchSource}, with whatever positions. */
  batches(position: Json): AsyncIterable<PositionedBatch<B, Json>>;
  /** Finite rates >= 0. */
  readonly schedule: Schedule;
  readonly steps: number;
  /** Steps that a row of the history averages; default 50. */
  readonly historyEvery?: number;
  readonly validation?: Validation<P>;
  /** Where the run is kept. Default: nowhere. */
  readonly store?: RunStore;
  /** Steps from one save to the next, default 500; the start and the end are saved as well. */
  readonly saveEvery?: number;
  /**
   * Named facts that a resumed run must share, such as the seed. The steps, the rates, the optimiser, the clipping and the average are among
   * them anyhow: with other ones it would be another run.
   */
  readonly config?: Readonly<Record<string, string | number>>;
  /** Ends the run after the step at work: it is saved, and goes on when it is called again. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Of one operator, as in `compile`. */
  readonly threads?: number;
};

const TRAINING_OPTIONS = [
  'task',
  'params',
  'batches',
  'schedule',
  'steps',
  'historyEvery',
  'validation',
  'store',
  'saveEvery',
  'config',
  'signal',
  'onProgress',
  'threads',
  'optimiser',
  'clipNorm',
  'averageDecay',
];

/** What training gives. */
export type TrainingResult<P extends TensorTree> = {
  /** Parameters after the last step. */
  readonly params: HostTree<P>;
  /** Their moving average, or null. */
  readonly average: HostTree<P> | null;
  /** What validation liked best, or null without validation. */
  readonly best: (BestScore & { readonly params: HostTree<P> }) | null;
  readonly steps: number;
  readonly history: readonly HistoryRow[];
  readonly validations: readonly ValidationScore[];
  /** Why it ended. */
  readonly end: 'steps' | 'patience' | 'aborted';
};

/** Where a run is. */
export type Run = {
  /** The state of the training step. */
  readonly state: HostState;
  readonly best: (BestScore & { readonly params: Tree<HostArray> }) | null;
  readonly step: number;
  /** In the data, of the batch that comes next. */
  readonly position: Json;
  readonly history: readonly HistoryRow[];
  /** The steps that make the next row. */
  readonly interval: Interval;
  readonly validations: readonly ValidationScore[];
};

/**
 * Trains.
 *
 * The step is compiled once; the state, the batch and the learning rate are its inputs. With a store, a run that is stopped at any
 * instant and called again ends with the very parameters that it would have had: parameters, optimiser, average, position in
 * the data, history and validation are kept, and everything else is a function of the step. A new run is saved before its first step,
 * so that a store that cannot keep it is found out before anything is computed for it.
 *
 * @returns host arrays of the caller.
 * @throws {RangeError} if a number of steps is not a natural number, a rate is not finite and >= 0, or the batches end before the
 *   steps do.
 * @throws {DtypeError} if parameters are not float32.
 * @throws {DataError} if the store holds a run of another configuration or of another model.
 * @throws what the task, the batches, the score or the store throw; what was saved remains.
 * @example
 * const task = explicitTask((w: tf.Tensor, { x }: { x: tf.Tensor }) => tf.mean(tf.squaredDifference(tf.mul(w, x), 1)));
 * const batch = { x: { data: Float32Array.of(2), shape: [1] } };
 * const source = async function* () { for (;;) yield { batch, position: null }; };
 * const params = { data: Float32Array.of(0), shape: [] };
 * const trained = await train({ task, params, batches: source, schedule: constantRate(0.1), optimiser: sgd(), steps: 20 });
 * trained.params.data[0]; // => 0.5
 */
export async function train<
  P extends TensorTree,
  B extends TensorTree,
  R extends TensorTree,
  S extends TensorTree,
>(asked: TrainingOptions<P, B, R, S>): Promise<TrainingResult<P>> {
  // From here on trees are just trees: what they are made of is known to the task alone.
  const options = asked as unknown as Options;
  assertOptions(options);
  const trainer = compileTrainer(options);
  try {
    const start = await begin(options, trainer);
    const { run, end } = await trainFrom(start, { options, trainer });
    const { state, best, step, history, validations } = run;
    const average = (state.average ?? null) as HostTree<P> | null;
    return {
      params: state.params as HostTree<P>,
      average,
      best: best as TrainingResult<P>['best'],
      steps: step,
      history,
      validations,
      end,
    };
  } finally {
    await trainer.dispose();
  }
}

type Options = TrainingOptions<TensorTree, TensorTree, TensorTree, TensorTree>;
type End = TrainingResult<TensorTree>['end'];
type Context = { readonly options: Options; readonly trainer: Trainer };

async function begin(options: Options, trainer: Trainer): Promise<Run> {
  const state = await trainer.init();
  const fresh: Run = {
    state,
    best: null,
    step: 0,
    position: null,
    history: [],
    interval: EMPTY_INTERVAL,
    validations: [],
  };
  const { store } = options;
  if (store === undefined) return fresh;
  const kept = await resumed(store, fresh, configOf(options));
  if (kept === null) await store.save(savedRun(fresh, configOf(options)));
  return kept ?? fresh;
}

async function trainFrom(start: Run, { options, trainer }: Context): Promise<{ run: Run; end: End }> {
  const { steps, store, saveEvery = 500 } = options;
  const clock = { start: performance.now(), step: start.step };
  let run = start;
  let savedStep = start.step;
  const save = async (): Promise<void> => {
    if (savedStep === run.step) return;
    await store?.save(savedRun(run, configOf(options)));
    savedStep = run.step;
  };
  const batches = options.batches(run.position)[Symbol.asyncIterator]();
  try {
    let end = endOf(run, options);
    while (end === null) {
      const { value, done } = await batches.next();
      if (done === true) {
        throw new RangeError(`train: batches must not end before step ${steps}; ended at step ${run.step}.`);
      }
      run = await advance(run, value, { options, trainer });
      options.onProgress?.(progressOf(run, { steps, clock, samples: samplesOf(value.batch) }));
      if (run.step % saveEvery === 0) await save();
      end = endOf(run, options);
    }
    await save();
    return { run, end };
  } finally {
    await batches.return?.();
  }
}

/** One step, and what is due after it. */
async function advance(
  run: Run,
  { batch, position }: PositionedBatch<TensorTree, Json>,
  { options, trainer }: Context,
): Promise<Run> {
  const { schedule, historyEvery = 50, steps, validation } = options;
  const learningRate = rateAt(schedule, run.step);
  const { state, report } = await trainer.step(run.state, batch, learningRate);
  const step = run.step + 1;
  const interval = withStep(run.interval, learningRate, report);
  const isRow = step % historyEvery === 0 || step === steps;
  const next: Run = {
    ...run,
    state,
    step,
    position,
    interval: isRow ? EMPTY_INTERVAL : interval,
    history: isRow ? [...run.history, rowOf(interval, step)] : run.history,
  };
  const isLook = validation !== undefined && (step % validation.every === 0 || step === steps);
  return isLook ? await validated(next, validation) : next;
}

/** Checked, since a rate of NaN would be in every parameter for good. */
function rateAt(schedule: Schedule, step: number): number {
  const rate = schedule(step);
  if (Number.isFinite(rate) && rate >= 0) return rate;
  throw new RangeError(`train: schedule must give finite rates >= 0; got ${rate} at step ${step}.`);
}

async function validated(run: Run, { score, better }: Validation<TensorTree>): Promise<Run> {
  const params = run.state.average ?? run.state.params;
  const look = { step: run.step, score: finiteOrNull(await score(params, run.step)) };
  const next = { ...run, validations: [...run.validations, look] };
  if (look.score === null || !isBetter(better, look.score, run.best?.score)) return next;
  return { ...next, best: { step: look.step, score: look.score, params } };
}

function isBetter(better: Better, score: number, best: number | undefined): boolean {
  if (best === undefined) return true;
  return better === 'lower' ? score < best : score > best;
}

function endOf({ step, validations, best }: Run, { steps, validation, signal }: Options): End | null {
  if (step >= steps) return 'steps';
  const { patience = Infinity } = validation ?? {};
  const since = validations.filter((look) => look.step > (best?.step ?? 0)).length;
  if (since >= patience) return 'patience';
  return signal?.aborted === true ? 'aborted' : null;
}

function progressOf(
  { step, history, interval, best }: Run,
  {
    steps,
    clock,
    samples,
  }: {
    readonly steps: number;
    readonly clock: { readonly start: number; readonly step: number };
    readonly samples: number;
  },
): TrainingProgress {
  const msPerStep = (performance.now() - clock.start) / (step - clock.step);
  const row = interval.steps > 0 ? rowOf(interval, step) : history.at(-1)!;
  const samplesPerSecond = (1000 * samples) / msPerStep;
  return {
    step,
    steps,
    row,
    samplesPerSecond,
    remainingMs: (steps - step) * msPerStep,
    best: best && { step: best.step, score: best.score },
  };
}

function samplesOf(batch: Tree<HostArray>): number {
  return leaves<HostArray>(batch).find(({ shape }) => shape.length > 0)?.shape[0] ?? 1;
}

function configOf({ steps, config = {}, optimiser, schedule, clipNorm, averageDecay }: Options): RunConfig {
  return {
    ...config,
    steps,
    optimiser: optimiser.name,
    // A schedule is a function: its rates at some steps tell it from another.
    rates: [0, 1 / 4, 1 / 2, 3 / 4, 1].map((share) => schedule(Math.floor(share * (steps - 1)))).join(' '),
    clipNorm: clipNorm ?? null,
    averageDecay: averageDecay ?? null,
  };
}

function assertOptions(options: Options): void {
  assertKnownOptions('train: options', options, TRAINING_OPTIONS);
  for (const name of ['task', 'batches', 'schedule'] as const) {
    if (typeof options[name] === 'function') continue;
    throw new TypeError(`train: ${name} must be a function; got ${typeof options[name]}.`);
  }
  const { params, steps, historyEvery = 50, saveEvery = 500, validation } = options;
  for (const { path, leaf } of leavesWithPaths<HostArray>(params)) {
    const kind = leaf.data[Symbol.toStringTag];
    if (kind === 'Float32Array') continue;
    throw new DtypeError(`train: params must be float32, in Float32Array; got ${kind} at '${path}'.`);
  }
  assertSteps('train', 'steps', steps);
  assertSteps('train', 'historyEvery', historyEvery);
  assertSteps('train', 'saveEvery', saveEvery);
  if (validation === undefined) return;
  assertKnownOptions('train: validation', validation, ['every', 'score', 'better', 'patience']);
  if (!['lower', 'higher'].includes(validation.better)) {
    throw new RangeError(`train: validation.better must be lower or higher; got '${validation.better}'.`);
  }
  assertSteps('train', 'validation.every', validation.every);
  if (validation.patience !== undefined) assertSteps('train', 'validation.patience', validation.patience);
}
