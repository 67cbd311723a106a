/** Restarted PDHG on batches of programs: one compiled loop, looked at after given numbers of evaluations. */

import {
  compile,
  type Compiled,
  type HostArray,
  mapTree,
  type Precision,
  spec,
  type TensorSpec,
  type TensorTree,
  TraceError,
  type Tree,
  whileLoop,
} from '@equilibria/compile';
import { type MethodContext, sampleDistance, selectSamples, type Snapshot } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import type { Minimization } from '../problem.ts';
import type { GraphSize } from './gnn-flops.ts';
import { keepSessions } from './kept-sessions.ts';
import { denseProducts } from './linear-map.ts';
import {
  evaluationsOf,
  LOOK,
  look,
  type LookState,
  type MetricRule,
  mostEvaluations,
  type ProgramBatch,
  startLooking,
} from './look-iteration.ts';
import { evaluationFlops } from './look-flops.ts';
import { primalDualStep, type ProgramSides, reducedCosts } from './primal-dual-step.ts';
import { answerInGroups, type GroupOptions, groupPrograms, type ProgramGroup } from './program-groups.ts';
import { assertIncreasing, MOST_EVALUATIONS, type ProgramLook, snapshotsOf } from './program-looks.ts';
import { type DenseOptions, scaleProgram, type ScaledProgram } from './scaled-programs.ts';

/** The tensors of a batch with dense matrices. */
export type DenseSides = ProgramSides & {
  /** `[batch, rows, columns]`. */
  readonly matrix: tf.Tensor;
  /** Where to begin, `[batch, columns]`. */
  readonly start: tf.Tensor;
};

/** A rule for step sizes as it is compiled: its parameters are an input. */
export type LookMethod<P extends TensorTree, M extends TensorTree, X extends DenseSides> = {
  readonly rule: (params: P) => MetricRule<M, X>;
  readonly params: Tree<HostArray>;
  /** What the rule needs of programs. */
  encode(programs: readonly ScaledProgram[], options: DenseOptions): { readonly [K in keyof X]: HostArray };
  /** Operations of setting step sizes anew. */
  metricFlops(size: GraphSize): number;
};

/** How programs are answered. */
export type LookPredictorOptions = GroupOptions & {
  /** Default 'float32'; the answers of float64 keep falling to its precision. */
  readonly precision?: Precision;
  /** Threads of one operator; default: one for small graphs, all cores for large ones. */
  readonly threads?: number;
};

/** A look at a program that sees its multipliers as well. */
export type PairLook = ProgramLook & {
  /** Of the rows, float64 `[rows]`. */
  readonly y: Float64Array;
};

/** Answers programs; it owns its sessions, one for each size of a batch: `dispose` it. */
export interface LookPredictor {
  /**
   * Answers every program after each of the given numbers of evaluations: a product with `A` and one with `Aᵀ`, those that set step
   * sizes anew included. A look that a program cannot pay any more is not begun.
   *
   * Residuals are `‖G(z) − z‖₂` of the preconditioned programs. Neither the evaluation that measures them nor compiling is in the
   * time. The answers do not depend on what else is answered but for rounding.
   *
   * @param evaluations - increasing whole numbers >= 0.
   * @throws {RangeError} if they are not.
   */
  iterate(
    programs: readonly Minimization[],
    evaluations: readonly number[],
    context?: Pick<MethodContext, 'signal'>,
  ): Promise<readonly Snapshot[]>;
  /**
   * The same, with multipliers and program by program.
   * @returns by program, then by number of evaluations.
   * @throws what `iterate` throws.
   */
  watch(
    programs: readonly Minimization[],
    evaluations: readonly number[],
    context?: Pick<MethodContext, 'signal'>,
  ): Promise<readonly (readonly PairLook[])[]>;
  /** Releases the sessions; using it afterwards throws. Idempotent. */
  dispose(): Promise<void>;
}

/** A rule with its parameters, ready to answer programs of any size. */
export function createLookPredictor<P extends TensorTree, M extends TensorTree, X extends DenseSides>(
  method: LookMethod<P, M, X>,
  options: LookPredictorOptions = {},
): LookPredictor {
  const { precision = 'float32', threads, ...grouping } = options;
  const params = inPrecision(method.params, precision);
  const compiling = { precision, ...(threads !== undefined && { threads }) };
  const compilations = keepSessions<Compilation>();
  let isDisposed = false;

  const answerGroup = async (
    members: readonly Minimization[],
    { rows, columns }: ProgramGroup,
    evaluations: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<readonly PairLook[][]> => {
    const began = performance.now();
    const scaled = members.map(scaleProgram);
    const sides = method.encode(scaled, { rows, columns, precision }) as Inputs['sides'];
    const inputs: Inputs = { params, sides };
    let wallTimeMs = performance.now() - began;
    const { start, advance, change } = await compilations.get(sides['matrix']!.shape.join(), () =>
      compileLooks(method, inputs, compiling),
    );
    const size: GraphSize = { rows, columns, edges: rows * columns };
    let state = await start.runArrays(inputs);
    const looks: PairLook[][] = members.map(() => []);
    for (const wanted of evaluations) {
      signal?.throwIfAborted();
      const before = performance.now();
      state = await advance.runArrays(state, inputs, { data: floats(precision).of(wanted), shape: [] });
      wallTimeMs += performance.now() - before;
      const { image, total, cycles, residual } = await change.runArrays(state, inputs);
      scaled.forEach(({ columnScale, rowScale }, p) => {
        looks[p]!.push({
          answer: columnScale.map((scale, j) => scale * image.x.data[p * columns + j]!),
          y: rowScale.map((scale, i) => scale * image.y.data[p * rows + i]!),
          residual: residual.data[p]!,
          flops: total.data[p]! * evaluationFlops(size) + cycles.data[p]! * method.metricFlops(size),
          wallTimeMs: wallTimeMs / members.length,
        });
      });
    }
    return looks;
  };

  const lookAll = async (
    caller: string,
    programs: readonly Minimization[],
    evaluations: readonly number[],
    { signal }: Pick<MethodContext, 'signal'> = {},
  ): Promise<readonly (readonly PairLook[])[]> => {
    assertIncreasing(caller, evaluations);
    if (isDisposed) throw new TraceError(`${caller}: the predictor was disposed. Make it again.`);
    const sizes = programs.map(({ matrix }) => ({ rows: matrix.rows, columns: matrix.columns }));
    return answerInGroups(programs, groupPrograms(sizes, grouping), (members, group) =>
      answerGroup(members, group, evaluations, signal),
    );
  };

  return {
    iterate: async (programs, evaluations, context) =>
      snapshotsOf(evaluations, await lookAll('iterate', programs, evaluations, context)),
    watch: (programs, evaluations, context) => lookAll('watch', programs, evaluations, context),
    dispose: async () => {
      isDisposed = true;
      await compilations.dispose();
    },
  };
}

type Inputs = { readonly params: Tree<HostArray>; readonly sides: Readonly<Record<string, HostArray>> };
type Measured = Readonly<Record<'total' | 'cycles' | 'residual', HostArray>> & {
  readonly image: Readonly<Record<'x' | 'y', HostArray>>;
};

/** Compiled functions of a size. The trees are known to the method, not to the compiler: their types are given here. */
type Compilation = {
  readonly start: { runArrays(inputs: Inputs): Promise<Tree<HostArray>> };
  readonly advance: {
    runArrays(state: Tree<HostArray>, inputs: Inputs, budget: HostArray): Promise<Tree<HostArray>>;
  };
  readonly change: { runArrays(state: Tree<HostArray>, inputs: Inputs): Promise<Measured> };
  dispose(): Promise<void>;
};

async function compileLooks<P extends TensorTree, M extends TensorTree, X extends DenseSides>(
  method: LookMethod<P, M, X>,
  inputs: Inputs,
  options: { readonly precision: Precision; readonly threads?: number },
): Promise<Compilation> {
  const given = mapTree<HostArray, TensorSpec>(inputs, ({ shape }) => spec(shape));
  const open = (all: unknown): { rule: MetricRule<M, X>; batch: ProgramBatch<X> } => {
    const { params, sides } = all as { readonly params: P; readonly sides: X };
    return { rule: method.rule(params), batch: { products: denseProducts(sides.matrix), sides } };
  };
  let stateSpec: Tree<TensorSpec> = [];
  const start = await compile(
    (all: unknown): TensorTree => {
      const { rule, batch } = open(all);
      const { start: x, rowLower } = batch.sides;
      const state = startLooking(rule, { x, y: tf.zeros(rowLower.shape) }, batch);
      stateSpec = mapTree<tf.Tensor, TensorSpec>(state, ({ shape }) => spec(shape));
      return state;
    },
    [given],
    options,
  );
  const advance = await compile(
    (state: unknown, all: unknown, budget: tf.Tensor): TensorTree => {
      const { rule, batch } = open(all);
      const canPay = (at: LookState<M>): tf.Tensor =>
        tf.lessEqual(tf.add(evaluationsOf(at, rule), tf.scalar(mostEvaluations(rule))), budget);
      return whileLoop<LookState<M>>({
        init: state as LookState<M>,
        cond: (at) => tf.any(canPay(at)),
        body: (at) => selectSamples(canPay(at), look(rule, at, batch), at),
        maxSteps: MOST_EVALUATIONS,
      }).state;
    },
    [stateSpec, given, spec([])],
    options,
  );
  const change = await compile(
    (state: unknown, all: unknown) => {
      const { rule, batch } = open(all);
      const { image, memory, total, cycles } = state as LookState<M>;
      const {
        products: { matrix },
        sides,
      } = batch;
      const next = primalDualStep(image, reducedCosts(image.y, matrix, sides), rule.steps(memory), {
        matrix,
        sides,
      });
      return { image, total, cycles, residual: sampleDistance(next, image) };
    },
    [stateSpec, given],
    options,
  );
  const compiled = [start, advance, change] as unknown as Compiled<
    Tree<TensorSpec>[],
    TensorTree,
    'float32'
  >[];
  const dispose = async (): Promise<void> => {
    for (const one of compiled) await one.dispose();
  };
  const all = { start, advance, change, dispose } as unknown as Compilation;
  // What a session does the first time it runs is no part of anybody's time.
  const begun = await all.start.runArrays(inputs);
  await all.advance.runArrays(begun, inputs, { data: floats(options.precision).of(2 * LOOK), shape: [] });
  return all;
}

function floats(precision: Precision): Float32ArrayConstructor | Float64ArrayConstructor {
  return precision === 'float64' ? Float64Array : Float32Array;
}

function inPrecision(params: Tree<HostArray>, precision: Precision): Tree<HostArray> {
  return mapTree<HostArray, HostArray>(params, ({ data, shape }) => ({
    data: floats(precision).from(data),
    shape,
  }));
}
