import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak } from '../testing/index.ts';
import { toHostTree, toTensors } from './host-tree.ts';

describe('toTensors and toHostTree', () => {
  it('are each other undone, whatever the tree and the dtypes', async () => {
    const tree = { a: tf.tensor2d([[1, 2]]), b: [tf.scalar(3, 'int32'), tf.tensor1d([true, false])] };
    const host = await toHostTree(tree);
    expect(host.a).toEqual({ data: Float32Array.of(1, 2), shape: [1, 2] });
    const again = toTensors<typeof tree>(host);
    expectClose(again.a, [1, 2]);
    expect(again.b.map(({ dtype }) => dtype)).toEqual(['int32', 'bool']);
  });

  it('borrow what they are given', async () => {
    const tree = { a: tf.tensor1d([1]) };
    await expectNoLeak(() => toHostTree(tree));
    expect(tree.a.isDisposed).toBe(false);
  });
});
