/** Compiled solves of states so large that choices are left out of tests that stop no sample. */
import * as tf from '@tensorflow/tfjs';
import { spec } from '@equilibria/compile';
import { expectClose } from '../testing/expect-close.ts';
import { column } from '../testing/sample-maps.ts';
import { compileSolve } from './compile-solve.ts';
import type { FixedPointMap, Solver } from './contract.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';
import { withFallback } from './with-fallback.ts';

const LENGTH = 2 ** 16;
const stop = residualBelow<tf.Tensor>({ relative: 1e-5 });

/** Sample by sample `z ← rate·z + 1`, and NaN from `edge` on. */
function breaking(rates: readonly number[], edges: readonly number[]): FixedPointMap<tf.Tensor> {
  const [rate, edge] = [column(...rates), column(...edges)];
  return (z) => {
    const isBroken = tf.greaterEqual(z, edge);
    return tf.where(isBroken, tf.fill(z.shape, NaN), tf.add(tf.mul(z, rate), tf.scalar(1)));
  };
}

describe('a compiled solve of a large state', () => {
  it.each<[string, FixedPointMap<tf.Tensor>, Solver<tf.Tensor>]>([
    ['samples stop at different tests', breaking([0.5, 0.8], [9, 9]), picard()],
    ['one becomes NaN', breaking([0.5, 1], [9, 3.5]), picard()],
    // The first NaN is where the solver changes, the second where it ends.
    ['one becomes NaN twice', breaking([0.5, 1], [9, 0.4]), withFallback(picard<tf.Tensor>())],
    ['all run to the end', breaking([1, 1], [99, 99]), picard()],
  ])('ends as an eager one of the same samples where %s', async (_what, f, solver) => {
    const options = { maxSteps: 24, stagnation: false, cycling: false } as const;
    const small = await solve(f, tf.zeros([2, 1]), solver, { ...options, stop });
    const compiled = await compileSolve(
      () => ({ f, solver, stop }),
      { z0: spec([2, LENGTH]), context: {} },
      options,
    );
    const large = await compiled.solve(tf.zeros([2, LENGTH]), {});
    await compiled.dispose();
    expect([large.status, large.steps]).toEqual([small.status, small.steps]);
    expectClose(tf.slice(large.value, [0, 7], [2, 1]), small.value, { rtol: 1e-6 });
  });
});
