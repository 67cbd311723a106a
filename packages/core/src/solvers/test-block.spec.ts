/** Solves whose tests are made in blocks against the same made test by test, in graphs. */
import * as tf from '@tensorflow/tfjs';
import { compile, type HostArray, mapTensors, mapTree, spec, type TensorTree } from '@equilibria/compile';
import type { Solver, StopRule } from './contract.ts';
import { compileWhole } from './compiled-loop.ts';
import { fixedPointLoop, type LoopOptions, solveTraced } from './fixed-point-loop.ts';
import { picard } from './picard.ts';
import { allOf, residualBelow } from './stop-rule.ts';
import { VERDICTS } from './verdict.ts';

type Z = { readonly a: tf.Tensor; readonly b: tf.Tensor };

/** Rate and shift of each sample, and the step from which its map gives NaN. */
type Kind = { readonly rate: number; readonly shift?: number; readonly breaksAt?: number };

/** A state would be in the way of blocks: this one does nothing else. */
function testByTest<S extends TensorTree>(solver: Solver<Z, S>): Solver<Z> {
  return {
    ...solver,
    init: () => ({ inTheWay: tf.zeros([1]) }),
    step: (f, z, state) => ({ ...solver.step(f, z, {} as S), state }),
  };
}

/** Two leaves, the second counting the applications: `a ← rate·a + shift`, NaN once the count has reached `breaksAt`. */
function solving(kinds: readonly Kind[], solver: Solver<Z>, options: LoopOptions<Z>) {
  const batch = kinds.length;
  const column = (values: readonly number[]) => tf.tensor2d(values.map((value) => [value]));
  const rate = column(kinds.map((kind) => kind.rate));
  const shift = column(kinds.map((kind) => kind.shift ?? 1));
  const breaks = column(kinds.map((kind) => kind.breaksAt ?? 1e9));
  return compile(
    (start: tf.Tensor) => {
      const f = ({ a, b }: Z): Z => {
        const next = tf.add(tf.mul(a, rate), shift);
        const isBroken = tf.greaterEqual(b, breaks);
        const steps = tf.minimum(tf.add(b, tf.scalar(1)), tf.add(breaks, tf.scalar(1)));
        return { a: tf.where(isBroken, tf.fill([batch, 2], NaN), next), b: steps };
      };
      const moved = ({ a, b }: Z): Z => ({ a, b: tf.mul(b, tf.scalar(1)) });
      const map = kinds.some(({ breaksAt }) => breaksAt !== undefined)
        ? f
        : (z: Z): Z => ({ a: f(z).a, b: moved(z).b });
      return solveTraced(map, { a: start, b: tf.zeros([batch, 1]) }, solver, options);
    },
    [spec([batch, 2])],
  );
}

/** Everything of an outcome, with rows of the trace that no test made left out. */
async function outcomeOf(
  kinds: readonly Kind[],
  solver: Solver<Z>,
  options: LoopOptions<Z>,
): Promise<unknown> {
  const compiled = await solving(kinds, solver, options);
  const start = Float32Array.from({ length: 2 * kinds.length }, (_, i) => Math.sin(i + 1));
  const { trace, ...outcome } = await compiled.runArrays({ data: start, shape: [kinds.length, 2] });
  await compiled.dispose();
  const { steps, status } = outcome;
  const made = Array.from(steps.data, (count, i) => count + (VERDICTS[status.data[i]!] === 'budget' ? 0 : 1));
  const rows = kinds.length * Math.max(...made);
  const plain = mapTree<HostArray, number[]>(outcome, ({ data }) => Array.from(data));
  return { ...(plain as object), trace: Array.from(trace.residual.data.slice(0, rows)) };
}

const MIXES: Readonly<Record<string, readonly Kind[]>> = {
  'converge at different tests': [{ rate: 0.1 }, { rate: 0.5 }, { rate: 0.9 }, { rate: -0.8 }, { rate: 0 }],
  'cycle, diverge or stagnate': [{ rate: -1 }, { rate: 3 }, { rate: 1 }, { rate: 1.02 }, { rate: 0.9 }],
  'use up the budget': [{ rate: 0.999 }, { rate: 0.5 }],
  'become NaN at the edges of blocks': [0, 15, 16, 17, 31, 32].map((breaksAt) => ({ rate: 0.99, breaksAt })),
  'are one': [{ rate: 0.7 }],
};

const OPTIONS: Readonly<Record<string, LoopOptions<Z>>> = {
  'by default': { maxSteps: 100 },
  'without checks': { maxSteps: 50, cycling: false, divergence: false, stagnation: false },
  'with a short window': { maxSteps: 96, stagnation: { window: 20, improvement: 0.5 } },
  'in one block': { maxSteps: 32 },
  'in one block and a test': { maxSteps: 33 },
  'by a rule that looks at each sample by itself': {
    maxSteps: 64,
    stop: ((_z, _image, residual) => {
      const batch = residual.shape[0];
      return tf.lessEqual(residual, tf.pow(tf.scalar(10), tf.neg(tf.range(0, batch, 1))));
    }) satisfies StopRule<Z>,
  },
};

describe.each(Object.entries(MIXES))('samples that %s', (_mix, kinds) => {
  it.each(Object.entries(OPTIONS))('have the same bits %s', async (_name, options) => {
    for (const solver of [picard<Z>(), picard<Z>({ damping: 0.7 })]) {
      const expected = await outcomeOf(kinds, testByTest(solver), options);
      expect(await outcomeOf(kinds, solver as Solver<Z>, options)).toEqual(expected);
    }
  });
});

/** One sample alone, so that no other ends its blocks: it turns by a whole part of a circle and grows or shrinks by a rate. */
const TURNS = [
  { period: 17, rate: 1, ends: 'cycling' },
  { period: 20, rate: 1, ends: 'cycling' },
  { period: 31, rate: 1, ends: 'cycling' },
  { period: 40, rate: 1, ends: 'cycling' },
  { period: 20, rate: 0.7, ends: 'converged' },
  { period: 20, rate: 1.2, ends: 'diverged' },
  { period: 6, rate: 0.998, ends: 'stagnated' },
] as const;

describe.each([0, 5])('a sample that turns, in blocks from test %i on,', (before) => {
  it.each(TURNS)('has the same bits with period $period and rate $rate', async ({ period, rate, ends }) => {
    const [cos, sin] = [Math.cos, Math.sin].map((part) => tf.scalar(rate * part((2 * Math.PI) / period)));
    const turned = ({ a, b }: Z): Z => ({
      a: tf.sub(tf.mul(cos!, a), tf.mul(sin!, b)),
      b: tf.add(tf.mul(sin!, a), tf.mul(cos!, b)),
    });
    const stagnation = { window: 60, improvement: 0.2 };
    const cycling = { tolerance: 1e-3 };
    const loop = fixedPointLoop(turned, picard<Z>(), {
      maxSteps: 144,
      cycling,
      stagnation: rate < 1 && stagnation,
    });
    const compiled = await compile(
      (a: tf.Tensor) => {
        const { state } = loop.advance(loop.start({ a, b: tf.zerosLike(a) }), before);
        return {
          inBlocks: loop.finish(loop.run(state).state),
          oneByOne: loop.finish(loop.advance(state, loop.maxTests).state),
        };
      },
      [spec([1])],
    );
    const { inBlocks, oneByOne } = await compiled.runArrays({ data: Float32Array.of(1), shape: [1] });
    await compiled.dispose();
    expect(inBlocks).toEqual(oneByOne);
    expect(VERDICTS[inBlocks.status.data[0]!]).toBe(ends);
  });
});

describe('blocks', () => {
  const loops = async (solver: Solver<Z>, options: LoopOptions<Z>, batch = 1): Promise<number> => {
    const compiled = await solving(
      Array.from({ length: batch }, () => ({ rate: 0.5 })),
      solver,
      options,
    );
    await compiled.dispose();
    return compiled.describe().ops['Loop'] ?? 0;
  };

  it('are used for small states and solvers without state, where there are enough tests', async () => {
    // The first tests, the blocks, and the tests of an eventful one; and those that are left.
    expect(await loops(picard<Z>() as Solver<Z>, { maxSteps: 32 })).toBe(3);
    expect(await loops(picard<Z>() as Solver<Z>, { maxSteps: 33 })).toBe(4);
    expect(await loops(picard<Z>() as Solver<Z>, { maxSteps: 31 })).toBe(1);
    expect(await loops(picard<Z>() as Solver<Z>, { maxSteps: 32, checkEvery: 2 })).toBe(1);
    expect(await loops(testByTest(picard<Z>()), { maxSteps: 32 })).toBe(1);
    expect(await loops(picard<Z>() as Solver<Z>, { maxSteps: 32 }, 6000)).toBe(1);
  });

  it('are not used where one matrix would be much to multiply with', async () => {
    const loopsOf = async (size: number): Promise<number> => {
      const halve = (z: tf.Tensor): tf.Tensor => tf.mul(z, tf.scalar(0.5));
      const compiled = await compile(
        (z0: tf.Tensor) => solveTraced(halve, z0, picard(), { maxSteps: 32 }),
        [spec([1, size])],
      );
      await compiled.dispose();
      return compiled.describe().ops['Loop'] ?? 0;
    };
    expect(await loopsOf(512)).toBe(3);
    expect(await loopsOf(513)).toBe(1);
  });

  it.each([32, 40])(
    'leave no rows for tests that were far from being made, of %i and many more',
    async (rest) => {
      const compiled = await compileWhole({
        loopAt: () =>
          fixedPointLoop((z: TensorTree) => mapTensors(z, (a) => tf.mul(a, tf.scalar(0.5))), picard(), {
            maxSteps: 16000 + rest,
          }),
        maxTests: 16000 + rest,
        z0: spec([2, 3]),
        context: {},
        options: {},
      });
      const { traces } = await compiled.runArrays({ data: new Float32Array(6).fill(1), shape: [2, 3] }, {});
      await compiled.dispose();
      const rows = traces.map(({ residual }) => residual.shape[0]!);
      expect(rows.slice(0, 2)).toEqual([16, 16]);
      expect(rows.slice(2)).toEqual(rest === 32 ? [] : [0]);
    },
  );

  it('ask a rule once for all tests where it treats all samples alike', () => {
    expect(residualBelow().isUniform).toBe(true);
    expect(residualBelow({ absolute: tf.tensor1d([1]) }).isUniform).toBe(false);
    expect(allOf(residualBelow(), residualBelow({ relative: 0 })).isUniform).toBe(true);
    expect(allOf(residualBelow(), () => tf.tensor1d([true])).isUniform).toBe(false);
  });
});
