import * as tf from '@tensorflow/tfjs';
import {
  leaves,
  leavesWithPaths,
  mapTensors,
  mapTree,
  spec,
  specsOf,
  tidyTree,
  unflatten,
  zipTensors,
} from './tree.ts';

const nested = { b: [1, 2], a: { c: 3 } };

describe('trees', () => {
  it('list their leaves by path, keys in sorted order', () => {
    expect(leavesWithPaths<number>(nested)).toEqual([
      { path: 'a.c', leaf: 3 },
      { path: 'b.0', leaf: 1 },
      { path: 'b.1', leaf: 2 },
    ]);
    expect(leavesWithPaths<number>(7)).toEqual([{ path: '', leaf: 7 }]);
  });

  it('take specs, host arrays and tensors as leaves', () => {
    const host = { data: Float32Array.of(1), shape: [1] };
    expect(leaves<unknown>({ a: spec([2]), b: host })).toEqual([spec([2]), host]);
    expect(leaves<unknown>([tf.scalar(1)])).toHaveLength(1);
  });

  it('map and unflatten to the same structure', () => {
    expect(mapTree<number, number>(nested, (x) => x * 10)).toEqual({ a: { c: 30 }, b: [10, 20] });
    expect(unflatten(nested, leaves<number>(nested))).toEqual(nested);
    expect(() => unflatten(nested, [1])).toThrow('unflatten: needs 3 leaves; got 1.');
    expect(() => unflatten(nested, [1, 2, 3, 4])).toThrow('unflatten: needs 3 leaves; got 4.');
  });

  it('combine leaf by leaf and refuse another structure', () => {
    const a = { x: tf.scalar(1), y: tf.scalar(2) };
    const sum = zipTensors([a, a], (p, q) => tf.add(p, q));
    expect([sum.x.dataSync()[0], sum.y.dataSync()[0]]).toEqual([2, 4]);
    expect(() => zipTensors([a, { x: tf.scalar(1) } as typeof a], (p) => p)).toThrow(
      "expected 'y', got nothing",
    );
  });

  it('tell their specs', () => {
    expect(specsOf({ n: tf.scalar(1, 'int32') })).toEqual({ n: { shape: [], dtype: 'int32' } });
  });

  it('dispose what a tidy does not return', () => {
    const before = tf.memory().numTensors;
    const kept = tidyTree(() => mapTensors({ a: tf.scalar(1) }, (t) => tf.add(tf.add(t, 1), 1)));
    expect(tf.memory().numTensors).toBe(before + 1);
    kept.a.dispose();
  });
});
