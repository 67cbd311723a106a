import * as tf from '@tensorflow/tfjs';
import { spec } from '../tree/tree.ts';
import { compileLoop } from './compile-loop.ts';

const start = { data: Float64Array.of(1), shape: [1] };
const factor = { data: Float64Array.of(2), shape: [1] };

const doubling = (cond?: (state: tf.Tensor) => tf.Tensor) =>
  compileLoop<tf.Tensor, tf.Tensor, tf.Tensor>(
    { ...(cond && { cond }), body: (state, by) => tf.mul(state, by), collect: (state) => state },
    { state: spec([1]), context: spec([1]) },
    { precision: 'float64' },
  );

describe('compileLoop', () => {
  it('gives the same state and records whatever the size of its chunks', async () => {
    const loop = await doubling();
    for (const chunkSteps of [1, 3, 10, 100]) {
      const { state, steps, end, collected } = await loop.run(start, factor, { maxSteps: 10, chunkSteps });
      expect([...state.data]).toEqual([1024]);
      expect({ steps, end }).toEqual({ steps: 10, end: 'limit' });
      expect([...collected.data]).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]);
    }
    await loop.dispose();
  });

  it('counts its steps on from chunk to chunk', async () => {
    const loop = await compileLoop<tf.Tensor, tf.Tensor>(
      { body: (state, _context, step) => tf.add(state, tf.cast(step, 'float32')) },
      { state: spec([1]), context: spec([1]) },
      { precision: 'float64' },
    );
    for (const chunkSteps of [1, 3, 10]) {
      const { state } = await loop.run({ data: Float64Array.of(0), shape: [1] }, factor, {
        maxSteps: 10,
        chunkSteps,
      });
      expect([...state.data]).toEqual([45]);
    }
    await loop.dispose();
  });

  it('ends when its condition fails, and says so', async () => {
    const loop = await doubling((state) => tf.less(tf.sum(state), 100));
    const { state, steps, end } = await loop.run(start, factor, { maxSteps: 50, chunkSteps: 3 });
    expect([state.data[0], steps, end]).toEqual([128, 7, 'condition']);
    await loop.dispose();
  });

  it('stops between chunks when told to, with the state reached', async () => {
    const loop = await doubling();
    const controller = new AbortController();
    const seen: number[] = [];
    const { state, steps, end } = await loop.run(start, factor, {
      maxSteps: 100,
      chunkSteps: 2,
      signal: controller.signal,
      onProgress: (done) => {
        seen.push(done);
        if (done >= 6) controller.abort();
      },
    });
    expect([state.data[0], steps, end, seen]).toEqual([64, 6, 'aborted', [2, 4, 6]]);
    await loop.dispose();
  });

  it('stops at its deadline', async () => {
    const loop = await doubling();
    const { steps, end } = await loop.run(start, factor, { maxSteps: 1000, chunkSteps: 1, deadlineMs: 0 });
    expect([steps, end]).toEqual([1, 'deadline']);
    await loop.dispose();
  });

  it('refuses bounds that are not counts', async () => {
    const loop = await doubling();
    await expect(loop.run(start, factor, { maxSteps: -1 })).rejects.toThrow(
      'run: maxSteps must be an integer from 0',
    );
    await expect(loop.run(start, factor, { maxSteps: 5, chunkSteps: 0 })).rejects.toThrow(
      'chunkSteps must be',
    );
    await loop.dispose();
  });
});
