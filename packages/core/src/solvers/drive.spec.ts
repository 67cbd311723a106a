import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

describe('watching a solve', () => {
  const f = affine([0.5, 0.9]);

  it('reports progress after each chunk', async () => {
    const seen: [number, number, number][] = [];
    const stop = residualBelow<Vector>({ absolute: 1e-3, relative: 0 });
    await solve(f, column(0, 0), picard(), {
      stop,
      maxSteps: 45,
      chunk: 20,
      onProgress: ({ tests, running, residual }) => seen.push([tests, running, residual]),
    });
    expect(seen.map(([tests, running]) => [tests, running])).toEqual([
      [20, 1],
      [40, 1],
      [45, 1],
    ]);
    expectClose(
      seen.map(([, , residual]) => residual),
      [0.9 ** 19, 0.9 ** 39, 0.9 ** 44],
    );
  });

  it('runs no chunk once every sample has stopped', async () => {
    const seen: number[] = [];
    const stop = residualBelow<Vector>({ absolute: 1e-3, relative: 0 });
    const onProgress = ({ tests }: { tests: number }) => seen.push(tests);
    // r_k = 2^−k: below 1e-3 at the eleventh test.
    await solve(affine([0.5]), column(0), picard(), { stop, maxSteps: 100, chunk: 5, onProgress });
    expect(seen).toEqual([5, 10, 11]);
  });

  it('gives the same result in any chunks', async () => {
    const whole = await solve(f, column(0, 0), picard(), { maxSteps: 60, chunk: 60 });
    const pieces = await solve(f, column(0, 0), picard(), { maxSteps: 60, chunk: 7 });
    const onHost = (result: typeof whole) => ({
      ...result,
      value: result.value.dataSync(),
      image: result.image.dataSync(),
    });
    expect(onHost(pieces)).toEqual(onHost(whole));
  });

  it('rejects with the reason of the signal, and leaves no tensor behind', async () => {
    const controller = new AbortController();
    const z0 = column(0, 0);
    const onProgress = () => controller.abort(new Error('enough'));
    await expectNoLeak(async () => {
      const options = { maxSteps: 1000, chunk: 5, signal: controller.signal, onProgress };
      await expect(solve(f, z0, picard(), options)).rejects.toThrow('enough');
    });
    const never = (): Vector => {
      throw new Error('evaluated');
    };
    for (const maxSteps of [0, 1]) {
      const aborted = { maxSteps, signal: controller.signal };
      await expect(solve(never, z0, picard(), aborted)).rejects.toThrow('enough');
    }
  });

  it('ends as budget at the deadline', async () => {
    const options = {
      stop: residualBelow<Vector>({ absolute: 1e-6, relative: 0 }),
      maxSteps: 1e6,
      chunk: 1,
      deadlineMs: 1e-3,
    };
    const result = await solve(affine([0.999]), column(0), picard(), options);
    expect([result.status, result.steps[0]]).toEqual([['budget'], 1]);
    expectClose(result.value, [1]);
  });
});
