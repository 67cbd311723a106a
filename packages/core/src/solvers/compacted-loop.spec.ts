import { spec, type HostArray } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import {
  type Affine,
  affineWithin,
  FAR,
  mixedContext as context,
  mixedStart as start,
} from '../testing/mixed-batch.ts';
import { column } from '../testing/sample-maps.ts';
import { shrinkingPicard } from '../testing/shrinking-picard.ts';
import { SOLVERS } from '../testing/solver-list.ts';
import { anderson } from './anderson.ts';
import type { CompactionOptions } from './compaction.ts';
import { compileSolve, type CompiledSolve } from './compile-solve.ts';
import type { Solver } from './contract.ts';
import type { SolveProgress } from './drive.ts';
import { picard } from './picard.ts';
import type { SolveResult } from './result.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

const shapes = { z0: spec([7, 1]), context: { rate: spec([7, 1]), bound: spec([7, 1]) } };
const batched = ['rate', 'bound'];

const onHost = (leaf: unknown) => (leaf instanceof tf.Tensor ? leaf.dataSync() : leaf);

/** Everything but the trees. */
const measured = <V>(result: SolveResult<V>) => ({
  ...result,
  value: onHost(result.value),
  image: onHost(result.image),
});

type Solving = CompiledSolve<Vector, Affine, 'float32'>;

async function withBoth(
  compiling: (compaction: { readonly compaction?: CompactionOptions }) => Promise<Solving>,
  fn: (plain: Solving, compacted: Solving) => Promise<void>,
  compaction: CompactionOptions = { batched },
): Promise<void> {
  const [plain, compacted] = [await compiling({}), await compiling({ compaction })];
  try {
    await fn(plain, compacted);
  } finally {
    for (const solve of [plain, compacted]) await solve.dispose();
  }
}

const compiledFor =
  (solver: () => Solver<Vector>, options: { readonly checkEvery?: number } = {}) =>
  (compaction: { readonly compaction?: CompactionOptions }): Promise<Solving> =>
    compileSolve((at: Affine) => ({ f: affineWithin(at), solver: solver() }), shapes, {
      maxSteps: 132,
      ...options,
      ...compaction,
    });

describe('a solve with compaction', () => {
  it('finds known fixed points: z = rate·z + 1', async () => {
    const compiled = await compiledFor(() => picard<Vector>())({ compaction: { batched } });
    const rates = [0.5, 0.9, 0.2, 0.2, 0.2, 0.2, -0.5];
    const { status, value } = await compiled.solve(tf.zeros([7, 1]), {
      rate: column(...rates),
      bound: tf.fill([7, 1], FAR),
    });
    await compiled.dispose();
    expect(new Set(status)).toEqual(new Set(['converged']));
    expectClose(
      value,
      rates.map((rate) => 1 / (1 - rate)),
      { rtol: 1e-4 },
    );
  });

  it('gives the verdicts of all kinds', async () => {
    await withBoth(
      compiledFor(() => picard<Vector>()),
      async (_plain, compacted) => {
        const { status, residuals } = await compacted.solve(start, context);
        expect(status).toEqual([
          'converged',
          'converged',
          'diverged',
          'non-finite',
          'cycling',
          'stagnated',
          'budget',
        ]);
        // The trace of a stopped sample goes on with where it stopped, a NaN too.
        expect(residuals).toHaveLength(132);
        expect(residuals.at(-1)![3]).toBeNaN();
      },
    );
  });

  it.each(SOLVERS.map(({ name, solver }) => [name, solver] as const))(
    'is that without, bit for bit: %s',
    async (_name, solver) => {
      await withBoth(compiledFor(solver), async (plain, compacted) => {
        const whole = measured(await plain.solve(start, context));
        expect(measured(await compacted.solve(start, context))).toEqual(whole);
        const watched = await compacted.solve(start, context, { chunk: 3 });
        expect(measured(watched)).toEqual(whole);
      });
    },
  );

  it('is that without where several steps are made between tests, and for other sizes', async () => {
    const compiling = compiledFor(() => anderson<Vector>(), { checkEvery: 4 });
    for (const sizes of [[6], [5, 3, 1], []]) {
      await withBoth(
        compiling,
        async (plain, compacted) => {
          const whole = measured(await plain.solve(start, context));
          expect(measured(await compacted.solve(start, context))).toEqual(whole);
        },
        { batched, sizes },
      );
    }
  });

  it('steps no more samples than it must', async () => {
    // Evaluations are seen as the batch sizes traced: the first solve of a size compiles it.
    const traced: number[] = [];
    const compiled = await compileSolve(
      (at: Affine) => {
        traced.push(at.rate.shape[0]);
        return { f: affineWithin(at), solver: picard<Vector>() };
      },
      shapes,
      { maxSteps: 132, compaction: { batched } },
    );
    expect(new Set(traced)).toEqual(new Set([7, 2]));
    const easy = { rate: tf.fill([7, 1], 0.5), bound: tf.fill([7, 1], FAR) };
    const { status } = await compiled.solve(tf.zeros([7, 1]), easy);
    expect(new Set(status)).toEqual(new Set(['converged']));
    expect(new Set(traced)).toEqual(new Set([7, 2]));
    await compiled.solve(start, context);
    expect(new Set(traced)).toEqual(new Set([7, 2, 4]));
    const before = traced.length;
    await compiled.solve(start, context);
    expect(traced).toHaveLength(before);
    await compiled.dispose();
  });

  it('leaves no tensors behind but its result', async () => {
    const compiled = await compiledFor(() => picard<Vector>())({ compaction: { batched } });
    await expectNoLeak(() => compiled.solve(start, context));
    await compiled.dispose();
  });

  it('serves several solves at once', async () => {
    await withBoth(
      compiledFor(() => picard<Vector>()),
      async (plain, compacted) => {
        const whole = measured(await plain.solve(start, context));
        const both = await Promise.all([
          compacted.solve(start, context),
          compacted.solve(start, context, { chunk: 5 }),
        ]);
        for (const result of both) expect(measured(result)).toEqual(whole);
      },
    );
  });

  it('counts the samples of the whole batch in its progress', async () => {
    await withBoth(
      compiledFor(() => picard<Vector>()),
      async (plain, compacted) => {
        const seen = async (solve: Solving) => {
          const all: SolveProgress[] = [];
          await solve.solve(start, context, { chunk: 10, onProgress: (progress) => all.push(progress) });
          return all;
        };
        const [expected, got] = [await seen(plain), await seen(compacted)];
        expect(got).toEqual(expected);
        expect(got.map(({ running, batch }) => [running, batch])).toContainEqual([1, 7]);
      },
    );
  });

  it('solves batches that have no smaller one, and none at all', async () => {
    const compiled = await compileSolve(
      (rate: Vector) => ({ f: (z: Vector) => tf.add(tf.mul(z, rate), 1), solver: picard<Vector>() }),
      { z0: spec([1, 1]), context: spec([1, 1]) },
      { maxSteps: 50, compaction: { batched: [''] } },
    );
    const { status, steps } = await compiled.solve(column(0), column(0.5));
    await compiled.dispose();
    expect([status, steps[0]! > 10]).toEqual([['converged'], true]);
    const measuring = await compileSolve(
      (at: Affine) => ({ f: affineWithin(at), solver: picard<Vector>() }),
      shapes,
      {
        maxSteps: 0,
        compaction: { batched },
      },
    );
    const unmoved = await measuring.solve(start, context);
    await measuring.dispose();
    expect([new Set(unmoved.status), unmoved.residuals]).toEqual([new Set(['budget']), []]);
  });
});

/** Two leaves, weights that look like samples, and shifts that are samples. */
type Pair = { readonly a: Vector; readonly b: Vector };
type Layer = { readonly weights: Vector; readonly shift: { readonly a: Vector; readonly b: Vector } };

const key = fromSeed(0);
const SIZE = 6;
const layer = {
  weights: normal(fold(key, 'W'), [SIZE, SIZE], { std: 0.15 }),
  shift: { a: normal(fold(key, 'a'), [SIZE, SIZE]), b: normal(fold(key, 'b'), [SIZE]) },
};
const floats: Layer = {
  weights: toTensor(layer.weights),
  shift: { a: toTensor(layer.shift.a), b: toTensor(layer.shift.b) },
};
const zero = (shape: readonly number[]): HostArray => ({
  data: new Float64Array(shape.reduce((product, length) => product * length, 1)),
  shape,
});
const pairShapes = {
  z0: { a: spec([SIZE, SIZE]), b: spec([SIZE]) },
  context: { weights: spec([SIZE, SIZE]), shift: { a: spec([SIZE, SIZE]), b: spec([SIZE]) } },
};
const pairMap =
  ({ weights, shift }: Layer) =>
  ({ a, b }: Pair): Pair => ({
    a: tf.tanh(tf.add(tf.matMul(a, weights), shift.a)),
    // Slower, at a pace of its own in each sample.
    b: tf.add(tf.mul(b, tf.sigmoid(tf.mul(shift.b, tf.scalar(3)))), tf.mean(a, 1)),
  });

describe('a solve of several leaves with compaction', () => {
  const problem = (at: Layer) => ({
    f: pairMap(at),
    solver: anderson<Pair>(),
    stop: residualBelow<Pair>({ absolute: 1e-5, relative: 0 }),
  });
  const solved = async (compaction?: CompactionOptions) => {
    const compiled = await compileSolve(problem, pairShapes, {
      maxSteps: 200,
      ...(compaction && { compaction }),
    });
    const result = await compiled.solve({ a: tf.zeros([SIZE, SIZE]), b: tf.zeros([SIZE]) }, floats);
    await compiled.dispose();
    const { value, image, ...rest } = result;
    return { ...rest, trees: [value, image].map(({ a, b }) => [a.dataSync(), b.dataSync()]) };
  };

  it('is that without, bit for bit, with weights of as many rows as samples', async () => {
    const plain = await solved();
    expect(new Set(plain.steps).size).toBeGreaterThan(1);
    expect(await solved({ batched: ['shift'] })).toEqual(plain);
    expect(await solved({ batched: ['shift.a', 'shift.b'], sizes: [5, 4, 3, 2] })).toEqual(plain);
  });

  it('has the same verdicts where a single row is rounded otherwise', async () => {
    const [plain, compacted] = [await solved(), await solved({ batched: ['shift'], sizes: [1] })];
    expect(compacted.status).toEqual(plain.status);
    expect(compacted.steps).toEqual(plain.steps);
    compacted.trees.flat().forEach((leaf, i) => expectClose(leaf, plain.trees.flat()[i]!));
  });

  it('is that without, bit for bit, in float64 down to one sample', async () => {
    const in64 = async (compaction?: CompactionOptions) => {
      const compiled = await compileSolve(problem, pairShapes, {
        maxSteps: 200,
        precision: 'float64',
        ...(compaction && { compaction }),
      });
      const result = await compiled.solve({ a: zero([SIZE, SIZE]), b: zero([SIZE]) }, layer);
      await compiled.dispose();
      return result;
    };
    const plain = await in64();
    expect(new Set(plain.status)).toEqual(new Set(['converged']));
    expect(await in64({ batched: ['shift'] })).toEqual(plain);
  });
});

describe('the state of a solver with compaction', () => {
  it('may hold leaves without samples, which are kept whole', async () => {
    await withBoth(
      compiledFor(() => shrinkingPicard(() => [7])),
      async (plain, compacted) => {
        const whole = measured(await plain.solve(start, context));
        expect(measured(await compacted.solve(start, context))).toEqual(whole);
      },
    );
  });

  it('is refused by name where samples are not on axis 0', async () => {
    const solver = () => shrinkingPicard((batch) => [3, batch]);
    await expect(compiledFor(solver)({ compaction: { batched } })).rejects.toThrow(
      "'solver.history' has [3, 7] for 7 samples and [3, 2] for 2. Solve without compaction.",
    );
  });
});

describe('ending a solve with compaction', () => {
  const slow = { rate: column(0.1, 0.1, 0.1, 0.1, 0.1, 0.9995, 0.999), bound: tf.fill([7, 1], FAR) };
  const compiling = () =>
    compileSolve((at: Affine) => ({ f: affineWithin(at), solver: picard<Vector>() }), shapes, {
      maxSteps: 1e6,
      stagnation: false,
      compaction: { batched },
    });

  it('rejects with the reason of the signal, in a smaller batch', async () => {
    const compiled = await compiling();
    const controller = new AbortController();
    const onProgress = ({ running }: SolveProgress) => {
      if (running === 2) controller.abort(new Error('enough'));
    };
    const watched = { chunk: 10, signal: controller.signal, onProgress };
    await expect(compiled.solve(start, slow, watched)).rejects.toThrow('enough');
    await compiled.dispose();
  });

  it('ends as budget at the deadline, in a smaller batch', async () => {
    const compiled = await compiling();
    // The first chunk takes all but two out; the deadline is over before the second.
    const { status, steps } = await compiled.solve(start, slow, { chunk: 60, deadlineMs: 1e-3 });
    expect(status).toEqual([...Array.from({ length: 5 }, () => 'converged'), 'budget', 'budget']);
    expect(steps.slice(5)).toEqual(Int32Array.of(60, 60));
    await compiled.dispose();
  });

  it('releases every size that was compiled, once and for all', async () => {
    // Disposed while it runs, in a batch of 7, of 4 and of 2: whatever comes next has been released.
    for (const left of [7, 4, 2]) {
      const compiled = await compileSolve(
        (at: Affine) => ({ f: affineWithin(at), solver: picard<Vector>() }),
        shapes,
        {
          maxSteps: 1e6,
          stagnation: false,
          compaction: { batched },
        },
      );
      const rates = Array.from({ length: 7 }, (_, i) => (i < 7 - left ? 0.1 : 0.9999));
      const onProgress = ({ tests }: SolveProgress) => {
        if (tests === 200) void compiled.dispose();
      };
      const running = compiled.solve(
        tf.zeros([7, 1]),
        { rate: column(...rates), bound: tf.fill([7, 1], FAR) },
        { chunk: 100, onProgress },
      );
      await expect(running).rejects.toThrow('disposed');
      await compiled.dispose();
      await expect(compiled.solve(start, slow)).rejects.toThrow('disposed');
    }
  });
});

describe('compaction that cannot be', () => {
  const failing = (compaction: CompactionOptions) => compiledFor(() => picard<Vector>())({ compaction });

  it('refuses names and lengths before anything is compiled', async () => {
    await expect(failing({ batched: ['x'] })).rejects.toThrow(
      "compileSolve: compaction.batched must name leaves of the context, of 'bound', 'rate'; got 'x'.",
    );
    const odd = { z0: spec([7, 1]), context: { rate: spec([1, 1]), bound: spec([7, 1]) } };
    const problem = (at: Affine) => ({ f: affineWithin(at), solver: picard<Vector>() });
    await expect(compileSolve(problem, odd, { maxSteps: 3, compaction: { batched } })).rejects.toThrow(
      "must have the 7 samples on axis 0; 'rate' has shape [1, 1].",
    );
    await expect(failing({ batched, sizes: [7] })).rejects.toThrow('must be integers in 1..6');
  });

  it('tells of samples that were left out or captured', async () => {
    await expect(failing({ batched: ['rate'] })).rejects.toThrow(
      /compileSolve: with compaction, the problem must also trace with 2 samples; got .*batched\.$/s,
    );
    const problem = ({ rate }: Affine) => ({
      f: affineWithin({ rate, bound: context.bound }),
      solver: picard<Vector>(),
    });
    await expect(compileSolve(problem, shapes, { maxSteps: 3, compaction: { batched } })).rejects.toThrow(
      'must also trace with 2 samples',
    );
  });
});
