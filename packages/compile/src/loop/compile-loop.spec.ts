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
    for (const chunk of [1, 3, 10, 100]) {
      const { state, steps, end, collected } = await loop.run(start, factor, { maxSteps: 10, chunk });
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
    for (const chunk of [1, 3, 10]) {
      const { state } = await loop.run({ data: Float64Array.of(0), shape: [1] }, factor, {
        maxSteps: 10,
        chunk,
      });
      expect([...state.data]).toEqual([45]);
    }
    await loop.dispose();
  });

  it('ends when its condition fails, and says so', async () => {
    const loop = await doubling((state) => tf.less(tf.sum(state), 100));
    const { state, steps, end } = await loop.run(start, factor, { maxSteps: 50, chunk: 3 });
    expect([state.data[0], steps, end]).toEqual([128, 7, 'condition']);
    await loop.dispose();
  });

  it('stops between chunks when told to, with the state reached', async () => {
    const loop = await doubling();
    const controller = new AbortController();
    const seen: number[] = [];
    const { state, steps, end } = await loop.run(start, factor, {
      maxSteps: 100,
      chunk: 2,
      signal: controller.signal,
      onProgress: (done) => {
        seen.push(done);
        if (done >= 6) controller.abort();
      },
    });
    expect([state.data[0], steps, end, seen]).toEqual([64, 6, 'aborted', [2, 4, 6]]);
    await loop.dispose();
  });

  it('says that its condition failed, also at the last step allowed and before the first', async () => {
    const loop = await doubling((state) => tf.less(tf.sum(state), 100));
    const last = await loop.run(start, factor, { maxSteps: 7 });
    expect([last.steps, last.end]).toEqual([7, 'condition']);
    const large = { data: Float64Array.of(200), shape: [1] };
    const none = await loop.run(large, factor, { maxSteps: 0 });
    expect([none.steps, none.end, none.state.data[0], none.collected.shape]).toEqual([
      0,
      'condition',
      200,
      [0, 1],
    ]);
    await loop.dispose();
  });

  it('takes no step if it is aborted before', async () => {
    const loop = await doubling();
    const { state, steps, end, collected } = await loop.run(start, factor, {
      maxSteps: 9,
      signal: AbortSignal.abort(),
    });
    expect([state.data[0], steps, end, collected.shape]).toEqual([1, 0, 'aborted', [0, 1]]);
    await loop.dispose();
  });

  it('is one call if nobody watches, and chunks that grow if somebody does', async () => {
    const loop = await doubling();
    const seen: number[] = [];
    await loop.run(start, factor, { maxSteps: 900, onProgress: (done) => seen.push(done) });
    expect(seen[0]).toBe(1);
    expect(seen.length).toBeLessThan(450);
    expect(seen.at(-1)).toBe(900);
    const { steps } = await loop.run(start, factor, { maxSteps: 900 });
    expect(steps).toBe(900);
    await loop.dispose();
  });

  it('hears a timer between chunks', async () => {
    const loop = await doubling();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const { end, steps } = await loop.run(start, factor, {
      maxSteps: 1e9,
      chunk: 10,
      signal: controller.signal,
    });
    expect(end).toBe('aborted');
    expect(steps).toBeLessThan(1e9);
    await loop.dispose();
  });

  it('stops at its deadline', async () => {
    const loop = await doubling();
    const { steps, end } = await loop.run(start, factor, { maxSteps: 1000, chunk: 1, deadlineMs: 1e-3 });
    expect([steps, end]).toEqual([1, 'deadline']);
    await loop.dispose();
  });

  it('refuses bounds that are not counts', async () => {
    const loop = await doubling();
    await expect(loop.run(start, factor, { maxSteps: -1 })).rejects.toThrow(
      'run: maxSteps must be an integer from 0',
    );
    await expect(loop.run(start, factor, { maxSteps: 5, chunk: 0 })).rejects.toThrow(
      'run: chunk must be an integer >= 1; got 0.',
    );
    await loop.dispose();
  });
});
