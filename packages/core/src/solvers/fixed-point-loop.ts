/** The one loop of every solver, in TF.js ops: it runs eagerly and inside a compiled function, whole or in chunks. */
import * as tf from '@tensorflow/tfjs';
import { isTracing, mapTensors, tidyTree, whileLoop, zipTensors, type TensorTree } from '@equilibria/compile';
import type { FixedPointMap, Solver, SolverStep, StopRule } from './contract.ts';
import { checkedMap, checkedRule } from './checked.ts';
import { batchOf, sampleDistance, selectSamples, sizeOf } from './per-sample.ts';
import { residualBelow } from './stop-rule.ts';
import { type Check, checksOf } from './checks.ts';
import { BLOCK, canBlock } from './test-block.ts';
import { runInBlocks, type BlockBounds } from './run-in-blocks.ts';
import { code, type VerdictOptions } from './verdict.ts';

/** What decides when the loop ends. */
export type LoopOptions<Z extends TensorTree> = VerdictOptions & {
  /** Default {@link residualBelow}`()`. */
  readonly stop?: StopRule<Z>;
  /** Bound on the solver's steps; 0 measures `z0` and no more. */
  readonly maxSteps: number;
  /** Solver steps between two tests, default 1; must divide `maxSteps`. Windows and cycles are then counted in tests. */
  readonly checkEvery?: number;
};

/** Names of {@link LoopOptions}. */
export const LOOP_OPTIONS = [
  'stop',
  'maxSteps',
  'checkEvery',
  'divergence',
  'cycling',
  'stagnation',
] as const;

/** The state of the loop: everything needed to go on. */
export type LoopState<Z extends TensorTree, S extends TensorTree> = {
  /** The current iterate; of a stopped sample, the point to return. */
  readonly z: Z;
  /** The last tested iterate with a finite residual. */
  readonly sound: Z;
  readonly solver: S;
  /** The control under which `z` was tested, or will be; nothing for solvers without control. */
  readonly control: TensorTree;
  /** int32 `[batch]`: 0 while running, else the index of the verdict. */
  readonly status: tf.Tensor;
  /** int32 `[batch]`: tests survived. */
  readonly count: tf.Tensor;
  /** float32 `[batch]`: as measured at the last test, NaN before the first. */
  readonly residual: tf.Tensor;
  /** bool `[batch]`: whether a step made at the last test fell back; only of solvers that can. */
  readonly fallback?: tf.Tensor;
  readonly checks: { readonly [verdict: string]: TensorTree };
};

/** What each test measured, axis 0 being the tests. */
export type LoopTrace = {
  /** float32 `[tests, batch]`: `‖f(z_k) − z_k‖₂`; of a stopped sample, of the point where it stopped. */
  readonly residual: tf.Tensor;
  /** bool `[tests, batch]`: whether one of the steps made at this test fell back; only of solvers that can. */
  readonly fallback?: tf.Tensor;
};

/** The end of a solve, in tensors of the caller. */
export type LoopOutcome<Z extends TensorTree> = {
  readonly value: Z;
  /** `f(value)`, undamped; NaN for a sample whose verdict is `non-finite`. */
  readonly image: Z;
  /** int32 `[batch]`: indices into `VERDICTS`. */
  readonly status: tf.Tensor;
  /** float32 `[batch]`: `‖f(value) − value‖₂`. */
  readonly residual: tf.Tensor;
  /** int32 `[batch]`: solver steps from `z0` to the last tested point. */
  readonly steps: tf.Tensor;
  /** int32 `[batch]`: evaluations of `f` until the sample stopped, and the one that re-checked it. */
  readonly evaluations: tf.Tensor;
};

/** Bounds of a part of the loop that are known only when it runs; int32 scalars. */
export type RunBounds = {
  /** A further bound on the tests. */
  readonly limit?: tf.Tensor;
  /** Ends as soon as no more than so many samples are running; default 0. */
  readonly fewest?: tf.Tensor;
};

/** The loop in pieces, state in and state out; each is pure and traceable. */
export interface FixedPointLoop<Z extends TensorTree, S extends TensorTree> {
  /** Tests that use up the budget: `maxSteps / checkEvery`. */
  readonly maxTests: number;
  start(z0: Z): LoopState<Z, S>;
  /** Goes on for at most `tests` tests, or until every sample has stopped, or a bound known only at run time is met. */
  advance(
    state: LoopState<Z, S>,
    tests: number,
    bounds?: RunBounds,
  ): { readonly state: LoopState<Z, S>; readonly trace: LoopTrace };
  /**
   * Goes on for at most `maxTests` tests, or until every sample has stopped. A graph may make many tests at once, to the same bits. The
   * traces follow one another; rows after the last test that was needed mean nothing.
   */
  run(state: LoopState<Z, S>): { readonly state: LoopState<Z, S>; readonly traces: readonly LoopTrace[] };
  /** Evaluates `f` once more and says the verdicts. */
  finish(state: LoopState<Z, S>): LoopOutcome<Z>;
}

/**
 * The loop of `solve`, in pieces. They throw {ShapeError} or {DtypeError} if `f` or the stop rule breaks its contract.
 *
 * @throws {RangeError} if `maxSteps` or `checkEvery` is not a natural number, `checkEvery` does not divide `maxSteps`, or a
 *   parameter of a verdict is out of its range.
 */
export function fixedPointLoop<Z extends TensorTree, S extends TensorTree, C>(
  map: FixedPointMap<Z, C>,
  solver: Solver<Z, S, C>,
  options: LoopOptions<Z>,
): FixedPointLoop<Z, S> {
  assertOptions(options);
  assertSolver(solver);
  const { stop: rule = residualBelow<Z>(), maxSteps, checkEvery = 1 } = options;
  assertBudget(maxSteps, checkEvery);
  const f = checkedMap(map);
  const stop = checkedRule(rule);
  const checks = checksOf(options);
  const maxTests = maxSteps / checkEvery;
  const parts = { f, solver, rules: { stop, checks, checkEvery } };
  return {
    maxTests,
    start: (z0) => tidyTree(() => startOf(z0, solver, checks)),
    advance: (state, tests, bounds = {}) => tidyTree(() => advance(state, parts, { tests, ...bounds })),
    run: (state) =>
      tidyTree(() => {
        if (maxTests >= 2 * BLOCK && canBlock(state.z, solver as never, { checkEvery })) {
          const byTests = (at: LoopState<Z, S>, bounds: BlockBounds) => advance(at, parts, bounds);
          return runInBlocks(state, maxTests, { ...parts, advance: byTests });
        }
        const { state: end, trace } = advance(state, parts, { tests: maxTests });
        return { state: end, traces: [trace] };
      }),
    finish: (state) => tidyTree(() => outcomeOf(state, f, solver, { stop, checkEvery })),
  };
}

/**
 * The whole solve as one pure, traceable function of `z0`: what `solve` does, for use inside a compiled function.
 *
 * @returns tensors of the caller; rows of the trace after the last test that was needed mean nothing.
 * @throws {ShapeError} or {DtypeError} if `z0` is not a tree of float32 leaves that share axis 0, or `f` or the stop rule
 *   breaks its contract; {RangeError} as {@link fixedPointLoop}.
 */
export function solveTraced<Z extends TensorTree, S extends TensorTree, C>(
  f: FixedPointMap<Z, C>,
  z0: Z,
  solver: Solver<Z, S, C>,
  options: LoopOptions<Z>,
): LoopOutcome<Z> & { readonly trace: LoopTrace } {
  return tidyTree(() => {
    const { traces, ...outcome } = runWhole(fixedPointLoop(f, solver, options), z0);
    const [first, ...others] = traces;
    const joined = (...rows: readonly tf.Tensor[]) => tf.concat([...rows], 0);
    return { ...outcome, trace: others.length === 0 ? first! : zipTensors(traces, joined) };
  });
}

/** Runs a loop from its start to its end; pure and traceable. The traces are those of {@link FixedPointLoop.run}. */
export function runWhole<Z extends TensorTree, S extends TensorTree>(
  loop: FixedPointLoop<Z, S>,
  z0: Z,
): LoopOutcome<Z> & { readonly traces: readonly LoopTrace[] } {
  return tidyTree(() => {
    const { state, traces } = loop.run(loop.start(z0));
    return { ...loop.finish(state), traces };
  });
}

/** Numbers in a state from which on choices are left out where nothing is to be chosen. */
const LARGE = 2 ** 17;

/** What a test needs. */
export type LoopParts<Z extends TensorTree, S extends TensorTree, C> = {
  readonly f: FixedPointMap<Z, C>;
  readonly solver: Solver<Z, S, C>;
  readonly rules: Rules<Z>;
};

/** After some tests. */
export type Advanced<Z extends TensorTree, S extends TensorTree> = {
  readonly state: LoopState<Z, S>;
  readonly trace: LoopTrace;
};

/** Test by test. */
function advance<Z extends TensorTree, S extends TensorTree, C>(
  state: LoopState<Z, S>,
  { f, solver, rules }: LoopParts<Z, S, C>,
  { tests, limit, fewest }: RunBounds & { readonly tests: number },
): Advanced<Z, S> {
  const loop = whileLoop<LoopState<Z, S>, LoopTrace>({
    init: state,
    cond: ({ status }) =>
      fewest === undefined ? isAnyRunning(status) : tf.greater(countRunning(status), fewest),
    body: (at) => testAndStep(at, f, solver, rules),
    collect: ({ residual, fallback }) => ({ residual, ...(fallback && { fallback }) }),
    maxSteps: tests,
    ...(limit === undefined ? {} : { limit }),
  });
  return { state: loop.state, trace: loop.collected };
}

type Rules<Z extends TensorTree> = {
  readonly stop: StopRule<Z>;
  readonly checks: readonly Check[];
  readonly checkEvery: number;
};

function isAnyRunning(status: tf.Tensor): tf.Tensor {
  return tf.equal(tf.min(status), tf.scalar(0, 'int32'));
}

/** How many samples are running, an int32 scalar. */
function countRunning(status: tf.Tensor): tf.Tensor {
  return tf.sum(tf.cast(tf.equal(status, tf.scalar(0, 'int32')), 'int32'));
}

function startOf<Z extends TensorTree, S extends TensorTree, C>(
  z0: Z,
  solver: Solver<Z, S, C>,
  checks: readonly Check[],
): LoopState<Z, S> {
  const batch = batchOf('solve', z0);
  const solverState = solver.init(z0);
  return {
    z: mapTensors(z0, (leaf) => tf.clone(leaf)),
    sound: mapTensors(z0, (leaf) => tf.clone(leaf)),
    solver: solverState,
    control: controlOf(solver, solverState),
    status: code('running', batch),
    count: tf.fill([batch], 0, 'int32'),
    residual: tf.fill([batch], NaN),
    ...(solver.fallback && { fallback: tf.zeros([batch], 'bool') }),
    checks: Object.fromEntries(checks.map((check) => [check.verdict, check.init(z0, batch)])),
  };
}

function testAndStep<Z extends TensorTree, S extends TensorTree, C>(
  at: LoopState<Z, S>,
  f: FixedPointMap<Z, C>,
  solver: Solver<Z, S, C>,
  rules: Rules<Z>,
): LoopState<Z, S> {
  const first = solver.step(f, at.z, at.solver);
  const residual = sampleDistance(first.image, at.z);
  const isFinite = tf.less(residual, tf.scalar(Infinity));
  const verdict = verdictAt(
    at,
    first,
    { residual, isFinite, mayChange: solver.mayChange?.(at.solver) },
    rules,
  );
  const isRunning = tf.equal(verdict.status, tf.scalar(0, 'int32'));
  const wasRunning = tf.equal(at.status, tf.scalar(0, 'int32'));
  let next: SolverStep<Z, S> = first;
  let fallback = solver.fallback?.(next.state);
  for (let step = 1; step < rules.checkEvery; step++) {
    next = solver.step(f, next.value, next.state);
    fallback &&= tf.logicalOr(fallback, solver.fallback!(next.state));
  }
  return {
    ...chosen(at, next.value, { isRunning, isFinite }),
    solver: next.state,
    // A stopped sample is checked again under the control it stopped with.
    control: selectSamples(isRunning, controlOf(solver, next.state), at.control),
    status: verdict.status,
    count: tf.add(at.count, tf.cast(isRunning, 'int32')),
    residual: tf.where(wasRunning, residual, at.residual),
    ...(fallback && { fallback }),
    checks: verdict.checks,
  };
}

/**
 * Where the samples go on from: those that run from `next`, the others stay. Choosing among large tensors costs as much as many an
 * operator, and is for nothing while all samples run: in a graph it is then left out.
 */
function chosen<Z extends TensorTree>(
  at: { readonly z: Z; readonly sound: Z },
  next: Z,
  { isRunning, isFinite }: { readonly isRunning: tf.Tensor; readonly isFinite: tf.Tensor },
): { readonly z: Z; readonly sound: Z } {
  type Chosen = { readonly z: Z; readonly sound: Z };
  const choose = ({ z, sound: tested }: Chosen): Chosen => {
    const sound = selectSamples(isFinite, tested, at.sound);
    return { z: selectSamples(isRunning, z, sound), sound };
  };
  const unchanged = { z: next, sound: at.z };
  if (!isTracing() || sizeOf(next) < LARGE) return choose(unchanged);
  // A sample may run on after a test that was not finite, where its solver will change.
  const isUnchanged = tf.all(tf.logicalAnd(isRunning, isFinite));
  const limit = tf.cast(tf.logicalNot(isUnchanged), 'int32');
  return whileLoop({ init: unchanged, body: choose, maxSteps: 1, limit }).state;
}

type Measured = {
  readonly residual: tf.Tensor;
  readonly isFinite: tf.Tensor;
  /** Whether the solver may yet change its method, if it ever does. */
  readonly mayChange: tf.Tensor | undefined;
};

function verdictAt<Z extends TensorTree, S extends TensorTree>(
  at: LoopState<Z, S>,
  { value, image }: SolverStep<Z, S>,
  { residual, isFinite, mayChange }: Measured,
  { stop, checks }: Rules<Z>,
): Pick<LoopState<Z, S>, 'status' | 'checks'> {
  const batch = at.status.shape[0];
  const test = { z: at.z, next: value, residual, count: at.count };
  const results = checks.map((check) => ({ check, ...check.test(test, at.checks[check.verdict]!) }));
  let status = code('running', batch);
  for (const { check, holds } of results) status = tf.where(holds, code(check.verdict, batch), status);
  status = tf.where(isFinite, status, code('non-finite', batch));
  if (mayChange) status = tf.where(mayChange, code('running', batch), status);
  const isDone = tf.logicalAnd(stop(at.z, image, residual), isFinite);
  status = tf.where(isDone, code('converged', batch), status);
  return {
    // A verdict is final: the status of a stopped sample is kept.
    status: tf.where(tf.equal(at.status, tf.scalar(0, 'int32')), status, at.status),
    checks: Object.fromEntries(results.map(({ check, memory }) => [check.verdict, memory])),
  };
}

function outcomeOf<Z extends TensorTree, S extends TensorTree, C>(
  state: LoopState<Z, S>,
  f: FixedPointMap<Z, C>,
  solver: Solver<Z, S, C>,
  { stop, checkEvery }: Pick<Rules<Z>, 'stop' | 'checkEvery'>,
): LoopOutcome<Z> {
  const batch = state.status.shape[0];
  // Solvers without `control` are those whose C is undefined.
  const image = f(state.z, (solver.control === undefined ? undefined : state.control) as C);
  const measured = sampleDistance(image, state.z);
  const isFinite = tf.less(measured, tf.scalar(Infinity));
  const isRunning = tf.equal(state.status, code('running', batch));
  const wasConverged = tf.equal(state.status, code('converged', batch));
  let status = tf.where(isRunning, code('budget', batch), state.status);
  status = tf.where(wasConverged, code('stagnated', batch), status);
  status = tf.where(stop(state.z, image, measured), code('converged', batch), status);
  status = tf.where(isFinite, status, code('non-finite', batch));
  const every = tf.scalar(checkEvery, 'int32');
  const tests = tf.add(state.count, tf.cast(tf.logicalNot(isRunning), 'int32'));
  const perTest = tf.scalar(checkEvery * solver.evaluationsPerStep, 'int32');
  return {
    value: selectSamples(isFinite, state.z, state.sound),
    image: selectSamples(
      tf.equal(status, code('non-finite', batch)),
      mapTensors(image, (leaf) => tf.fill(leaf.shape, NaN)),
      image,
    ),
    status,
    residual: tf.where(isFinite, measured, state.residual),
    steps: tf.mul(state.count, every),
    evaluations: tf.add(tf.mul(tests, perTest), tf.scalar(1, 'int32')),
  };
}

function controlOf<Z extends TensorTree, S extends TensorTree, C>(
  solver: Solver<Z, S, C>,
  state: S,
): TensorTree {
  const control = solver.control?.(state) as TensorTree | undefined;
  return control === undefined ? {} : mapTensors(control, (leaf) => tf.clone(leaf));
}

/** JavaScript callers may forget them, or write a name wrong. */
function assertOptions(options: LoopOptions<never> | undefined): void {
  if (options?.maxSteps !== undefined) return;
  const got = options === undefined ? 'no options' : `{ ${Object.keys(options).join(', ')} }`;
  throw new TypeError(`solve: the options must have maxSteps; got ${got}.`);
}

function assertSolver(solver: unknown): void {
  const isSolver = typeof solver === 'object' && solver !== null && 'step' in solver && 'init' in solver;
  if (isSolver) return;
  const remedy = typeof solver === 'function' ? ' Call it.' : '';
  throw new TypeError(
    `solve: solver must be a record with init and step, as picard() gives; got ${typeof solver}.${remedy}`,
  );
}

function assertBudget(maxSteps: number, checkEvery: number): void {
  if (!Number.isInteger(maxSteps) || maxSteps < 0) {
    throw new RangeError(`solve: maxSteps must be an integer >= 0; got ${maxSteps}.`);
  }
  if (!Number.isInteger(checkEvery) || checkEvery < 1 || maxSteps % checkEvery !== 0) {
    throw new RangeError(
      `solve: checkEvery must be an integer >= 1 that divides maxSteps; got ${checkEvery} and maxSteps ${maxSteps}.`,
    );
  }
}
