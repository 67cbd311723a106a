/** PDHG watched along its evaluations: what the benchmark measures. */

import { compile, type Compiled, compileLoop, type CompiledLoop, type HostArray } from '@equilibria/compile';
import {
  fixedPointLoop,
  type LoopState,
  sampleDistance,
  specsOf,
  type TensorSpec,
  type TensorTree,
  type Tree,
} from '@equilibria/core';
import type * as tf from '@tensorflow/tfjs';
import type { Minimization } from '../problem.ts';
import { keepSessions } from './kept-sessions.ts';
import type { PrimalDual, PrimalWeight, ProgramTensors } from './pdhg-operator.ts';
import { EVALUATIONS_PER_TEST, pdhgProblem, type PdhgProblem, type PdhgState } from './pdhg-problem.ts';
import { type HostPair, type PreparedProgram, prepareProgram, specsOfProgram } from './prepared-program.ts';

/** One way to iterate the map: a state, a step that costs a fixed number of evaluations, and how to read the point. */
type Iteration<S extends TensorTree> = {
  readonly evaluationsPerStep: number;
  readonly start: (z0: PrimalDual, problem: PdhgProblem) => S;
  readonly step: (state: S, problem: PdhgProblem) => S;
  readonly pointOf: (state: S) => PrimalDual;
  /** The weight under which the next step is made. */
  readonly weightOf: (state: S, problem: PdhgProblem) => PrimalWeight;
};

/** What was seen of one program after some evaluations. */
export type Sight = {
  /** float64 `[columns]`. */
  readonly x: Float64Array;
  /** float64 `[rows]`. */
  readonly y: Float64Array;
  /** `‖G(z) − z‖₂` of the preconditioned program, under the weight that the method has by then. */
  readonly residual: number;
  /** Time spent up to here, without preparing and looking. */
  readonly wallTimeMs: number;
};

/**
 * Watches programs. One compilation serves all small programs of one size, and all large ones with the very same `indices` of their
 * matrix, whatever their numbers.
 */
export interface Watcher {
  /** One sight for each number of evaluations, which must increase; a step that does not fit any more is not begun. */
  watch(lp: Minimization, evaluations: readonly number[]): Promise<readonly Sight[]>;
  dispose(): Promise<void>;
}

/** The map alone, applied again and again (Picard). */
export function watchPicard(): Watcher {
  return createWatcher<PrimalDual>({
    evaluationsPerStep: 1,
    start: (z0) => z0,
    step: (z, problem) => problem.f(z, firstWeight(z, problem)),
    pointOf: (z) => z,
    weightOf: firstWeight,
  });
}

/** The method as it is shipped: restarted, reflected, with its weight retuned. */
export function watchRestarted(): Watcher {
  const loopOf = ({ f, solver, stop }: PdhgProblem) =>
    fixedPointLoop(f, solver, { stop, maxSteps: 1, stagnation: false, cycling: false, divergence: false });
  return createWatcher<LoopState<PrimalDual, PdhgState>>({
    evaluationsPerStep: EVALUATIONS_PER_TEST,
    start: (z0, problem) => loopOf(problem).start(z0),
    step: (state, problem) => loopOf(problem).advance(state, 1).state,
    pointOf: ({ z }) => z,
    weightOf: ({ solver: state }, { solver }) => solver.control!(state),
  });
}

function firstWeight(z: PrimalDual, { solver }: PdhgProblem): PrimalWeight {
  return solver.control!(solver.init(z));
}

/** KKT error at which the restarted method rests. */
const TOLERANCE = 1e-10;

type Compilation = {
  readonly start: Compiled<Tree<TensorSpec>[], TensorTree, 'float64'>;
  readonly loop: CompiledLoop<TensorTree, ProgramTensors, Record<string, never>>;
  readonly look: Compiled<Tree<TensorSpec>[], { x: tf.Tensor; y: tf.Tensor; residual: tf.Tensor }, 'float64'>;
  dispose(): Promise<void>;
};

function createWatcher<S extends TensorTree>(iteration: Iteration<S>): Watcher {
  const compilations = keepSessions<Compilation>();
  return {
    watch: async (lp, evaluations) => {
      const prepared = prepareProgram(lp);
      const compilation = await compilations.get(formOf(lp, prepared), () =>
        compileIteration(iteration, prepared),
      );
      return walk(compilation, prepared, evaluations, iteration.evaluationsPerStep);
    },
    dispose: () => compilations.dispose(),
  };
}

/** What a compilation depends on: the size where the products are dense, else where the entries are. */
function formOf({ matrix }: Minimization, { plans }: PreparedProgram): unknown {
  const isDense = plans.forward.kind === 'dense' && plans.backward.kind === 'dense';
  return isDense ? `${matrix.rows}×${matrix.columns}` : matrix.indices;
}

async function compileIteration<S extends TensorTree>(
  { start, step, pointOf, weightOf }: Iteration<S>,
  prepared: PreparedProgram,
): Promise<Compilation> {
  const specs = specsOfProgram(prepared);
  const problemOf = (program: unknown): PdhgProblem =>
    pdhgProblem(program as ProgramTensors, prepared.plans, { tolerance: TOLERANCE, rayError: 0 });
  const precision = { precision: 'float64' } as const;
  let stateSpecs: Tree<TensorSpec> = [];
  const compiledStart = await compile(
    (z0: unknown, program: unknown): TensorTree => {
      const state = start(z0 as PrimalDual, problemOf(program));
      stateSpecs = specsOf<TensorTree>(state);
      return state;
    },
    [specs.start, specs.program] as Tree<TensorSpec>[],
    precision,
  );
  const loop = await compileLoop<TensorTree, ProgramTensors>(
    { body: (state, program) => step(state as S, problemOf(program)) },
    { state: stateSpecs, context: specs.program },
    precision,
  );
  const look = await compile(
    (state: unknown, program: unknown) => {
      const problem = problemOf(program);
      return lookAt(pointOf(state as S), weightOf(state as S, problem), problem);
    },
    [stateSpecs, specs.program] as Tree<TensorSpec>[],
    precision,
  );
  const dispose = async (): Promise<void> => {
    for (const one of [compiledStart, loop, look]) await one.dispose();
  };
  return { start: compiledStart, loop, look, dispose };
}

function lookAt(
  z: PrimalDual,
  weight: PrimalWeight,
  { f }: PdhgProblem,
): { x: tf.Tensor; y: tf.Tensor; residual: tf.Tensor } {
  return { ...z, residual: sampleDistance(f(z, weight), z) };
}

async function walk(
  { start, loop, look }: Compilation,
  { program, start: z0, toOriginal }: PreparedProgram,
  evaluations: readonly number[],
  evaluationsPerStep: number,
): Promise<readonly Sight[]> {
  // The trees are known to the iteration, not to the compiler: at this border their types are given by hand.
  let state: unknown = await start.run(z0, program);
  const sights: Sight[] = [];
  let done = 0;
  let wallTimeMs = 0;
  for (const wanted of evaluations) {
    const maxSteps = Math.floor(wanted / evaluationsPerStep) - done;
    if (maxSteps > 0) {
      const before = performance.now();
      ({ state } = await loop.run(state as never, program, { maxSteps }));
      wallTimeMs += performance.now() - before;
      done += maxSteps;
    }
    const seen = (await look.run(state as never, program)) as HostPair & { residual: HostArray };
    sights.push({ ...toOriginal(seen), residual: seen.residual.data[0]!, wallTimeMs });
  }
  return sights;
}
