import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { picard } from './picard.ts';
import { restartedHalpern, type Tuning } from './restarted-halpern.ts';
import { solve } from './solve.ts';

const noTuning: Tuning<tf.Tensor, Record<string, never>> = { initial: () => ({}), retune: () => ({}) };
const quiet = { stagnation: false, cycling: false } as const;

/** A quarter turn about `centre`: it does not expand, and does not contract. */
const quarterTurn =
  (centre: readonly [number, number]) =>
  (z: tf.Tensor): tf.Tensor => {
    const from = tf.sub(z, [centre]);
    return tf.add(
      tf.matMul(from as tf.Tensor2D, [
        [0, 1],
        [-1, 0],
      ]),
      [centre],
    );
  };

describe('restartedHalpern', () => {
  it('finds the fixed point of a rotation, round which Picard turns for ever', async () => {
    const f = quarterTurn([3, -1]);
    const z0 = tf.zeros([1, 2]);
    const turning = await solve(f, z0, picard(), { maxSteps: 400, ...quiet });
    expect(turning.status).toEqual(['budget']);
    const { status, value } = await solve(
      f,
      z0,
      restartedHalpern(noTuning, { isReflected: false, epoch: 8 }),
      {
        maxSteps: 200,
        ...quiet,
      },
    );
    expect(status).toEqual(['converged']);
    expectClose(value, [3, -1], { rtol: 1e-3, atol: 1e-3 });
  });

  it('makes the steps of its formula', async () => {
    // f(z) = 0 from z = a: z₁ = a + ½(−a − a) = 0, z₂ = a + ⅔(0 − a) = a/3; the point is the image of the last.
    const seen: number[] = [];
    const f = (z: tf.Tensor): tf.Tensor => {
      seen.push(z.dataSync()[0]!);
      return tf.zerosLike(z);
    };
    await solve(f, tf.tensor([[6]]), restartedHalpern(noTuning, { epoch: 3 }), { maxSteps: 1, ...quiet });
    // The image of the start, the three evaluations of the epoch, the re-check.
    expectClose(seen, [6, 6, 0, 2, 0]);
  });

  it('counts every evaluation of the map', async () => {
    let count = 0;
    const f = (z: tf.Tensor): tf.Tensor => {
      count += 1;
      return tf.mul(z, 0.999);
    };
    const { evaluations } = await solve(f, tf.ones([1, 1]), restartedHalpern(noTuning, { epoch: 5 }), {
      maxSteps: 7,
      ...quiet,
    });
    expect([...evaluations]).toEqual([count]);
  });

  it('hands its control to the map and sets it anew at restarts only', async () => {
    const tuning = {
      initial: () => ({ gain: tf.fill([1], 0.5) }),
      retune: ({ gain }: { gain: tf.Tensor }) => ({ gain: tf.mul(gain, 0.5) }),
    };
    const gains: number[] = [];
    const f = (z: tf.Tensor, { gain }: { gain: tf.Tensor }): tf.Tensor => {
      gains.push(gain.dataSync()[0]!);
      return tf.mul(z, tf.reshape(gain, [1, 1]));
    };
    await solve(f, tf.ones([1, 1]), restartedHalpern(tuning, { epoch: 2 }), { maxSteps: 2, ...quiet });
    // First epoch: the image, then two evaluations, all under the first control. The second step starts with a restart.
    expect(gains).toEqual([0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
  });

  it('is faster with reflection where the map is firmly non-expansive', async () => {
    const turn = quarterTurn([3, -1]);
    const firm = (z: tf.Tensor): tf.Tensor => tf.mul(tf.add(z, turn(z)), 0.5);
    const evaluations = async (isReflected: boolean): Promise<number> => {
      const solver = restartedHalpern(noTuning, { isReflected, epoch: 8 });
      const { status, evaluations: count } = await solve(firm, tf.zeros([1, 2]), solver, {
        maxSteps: 99,
        ...quiet,
      });
      expect(status).toEqual(['converged']);
      return count[0]!;
    };
    expect(await evaluations(true)).toBeLessThan(await evaluations(false));
  });

  it('checks the returned point again under the control it stopped with', async () => {
    // The control halves after every epoch, also in the step from where it stops, and the rule to stop depends on the image.
    const tuning = {
      initial: () => ({ gain: tf.fill([1], 0.5) }),
      retune: ({ gain }: { gain: tf.Tensor }) => ({ gain: tf.mul(gain, 0.5) }),
    };
    const f = (z: tf.Tensor, { gain }: { gain: tf.Tensor }): tf.Tensor => tf.add(z, tf.reshape(gain, [1, 1]));
    const stop = (z: tf.Tensor, image: tf.Tensor): tf.Tensor =>
      tf.reshape(tf.equal(tf.sub(image, z), 0.25), [1]);
    const { status, residual } = await solve(
      f,
      tf.zeros([1, 1]),
      restartedHalpern<tf.Tensor, { gain: tf.Tensor }>(tuning, { epoch: 2, artificial: 0.01 }),
      {
        stop,
        maxSteps: 9,
        ...quiet,
        divergence: false,
      },
    );
    expect([status, [...residual]]).toEqual([['converged'], [0.25]]);
  });

  it('keeps the samples of a batch apart', async () => {
    const solver = () => restartedHalpern(noTuning, { isReflected: false, epoch: 4 });
    const options = { maxSteps: 99, ...quiet };
    const z0 = tf.tensor([[1], [2], [3]]);
    const together = await solve((z: tf.Tensor) => tf.mul(z, [[0.5], [-1], [NaN]]), z0, solver(), options);
    const alone = await solve((z: tf.Tensor) => tf.mul(z, -1), tf.tensor([[2]]), solver(), options);
    expect(together.status).toEqual(['converged', 'converged', 'non-finite']);
    expect(together.value.dataSync()[1]).toBe(alone.value.dataSync()[0]);
  });

  it.each([
    [{ epoch: 1 }, 'restartedHalpern: epoch must be an integer >= 2; got 1.'],
    [{ sufficient: 0 }, 'restartedHalpern: sufficient must lie in (0, 1); got 0.'],
    [{ artificial: 1.5 }, 'restartedHalpern: artificial must lie in (0, 1); got 1.5.'],
  ])('refuses %p', (options, message) => {
    expect(() => restartedHalpern(noTuning, options)).toThrow(message);
  });
});
