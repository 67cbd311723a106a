/** A training step as compiled functions. */
import type * as tf from '@tensorflow/tfjs';
import {
  compile,
  type Compiled,
  type HostArray,
  mapTree,
  spec,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/compile';
import type { HostReport } from './history.ts';
import type { Task } from './task.ts';
import { trainStep, type TrainStepOptions } from './train-step.ts';

/** A {@link TrainingState} on the host. */
export type HostState = {
  readonly params: Tree<HostArray>;
  readonly optimiser: Tree<HostArray>;
  readonly average?: Tree<HostArray>;
  readonly updates: HostArray;
};

/** What trains: sessions that it owns. */
export interface Trainer {
  init(): Promise<HostState>;
  step(
    state: HostState,
    batch: Tree<HostArray>,
    learningRate: number,
  ): Promise<{ readonly state: HostState; readonly report: HostReport }>;
  dispose(): Promise<void>;
}

/** Compiles the start at once, and the step when the first batch tells its shapes; all batches must have them. */
export function compileTrainer(
  options: TrainStepOptions<TensorTree> & {
    readonly task: Task<TensorTree, TensorTree>;
    readonly params: Tree<HostArray>;
    readonly threads?: number;
  },
): Trainer {
  const { task, params, threads, optimiser, clipNorm, averageDecay } = options;
  const trainer = trainStep(task, {
    optimiser,
    ...(clipNorm !== undefined && { clipNorm }),
    ...(averageDecay !== undefined && { averageDecay }),
  });
  let step: Compiled<readonly Tree<TensorSpec>[], TensorTree, 'float32'> | null = null;
  return {
    init: async () => {
      const start = await compile(
        (at: unknown) => trainer.init(at as TensorTree) as TensorTree,
        [specTree(params)],
      );
      try {
        return (await start.runArrays(params)) as unknown as HostState;
      } finally {
        await start.dispose();
      }
    },
    step: async (state, batch, learningRate) => {
      step ??= await compile(
        (at: unknown, data: unknown, rate: unknown) =>
          trainer.step(at as never, data as TensorTree, rate as tf.Tensor) as unknown as TensorTree,
        [specTree(state as unknown as Tree<HostArray>), specTree(batch), spec([])],
        { names: ['state', 'batch', 'rate'], ...(threads !== undefined && { threads }) },
      );
      const rate = { data: Float32Array.of(learningRate), shape: [] };
      return (await step.runArrays(state, batch, rate)) as never;
    },
    dispose: async () => {
      await step?.dispose();
    },
  };
}

function specTree(tree: Tree<HostArray>): Tree<TensorSpec> {
  return mapTree<HostArray, TensorSpec>(tree, ({ data, shape }) => {
    if (data instanceof Int32Array) return { shape, dtype: 'int32' };
    return { shape, dtype: data instanceof Uint8Array ? 'bool' : 'float32' };
  });
}
