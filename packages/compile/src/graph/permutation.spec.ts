import fc from 'fast-check';
import { movesOneAxis, permute, permutedData, swapsOf } from './permutation.ts';

/** `data` of `shape` with its axes in another order, element by element. */
function permuted(data: readonly number[], shape: readonly number[], perm: readonly number[]): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
  const places = permute(shape, perm).reduce<number[]>(
    (all, length, i) => all.flatMap((at) => Array.from({ length }, (_, k) => at + k * strides[perm[i]!]!)),
    [0],
  );
  return places.map((place) => data[place]!);
}

const reordering = fc
  .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 })
  .chain((shape) =>
    fc
      .shuffledSubarray([...shape.keys()], { minLength: shape.length })
      .map((perm): readonly [readonly number[], readonly number[]] => [shape, perm]),
  );

describe('permutedData', () => {
  it('has the entries in the order of the permuted axes, of any type and shape, empty ones too', () => {
    const holds = ([shape, perm]: readonly [readonly number[], readonly number[]]): void => {
      const data = Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => i);
      const expected = permuted(data, shape, perm);
      expect(Array.from(permutedData(Float32Array.from(data), shape, perm))).toEqual(expected);
      expect(Array.from(permutedData(Int32Array.from(data), shape, perm))).toEqual(expected);
    };
    fc.assert(fc.property(reordering, holds), { seed: 3 });
  });
});

describe('swapsOf', () => {
  it('one after the other put the axes in the order that was asked for', () => {
    const holds = ([shape, perm]: readonly [readonly number[], readonly number[]]): void => {
      const data = Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i) => i);
      const swapped = swapsOf(shape, perm).reduce(
        (values, swap) => permuted(values, swap, [0, 2, 1, 3]),
        data,
      );
      expect(swapped).toEqual(permuted(data, shape, perm));
    };
    fc.assert(fc.property(reordering, holds), { seed: 7, numRuns: 300 });
  });

  it('are one where neighbours stay together, and none where nothing moves', () => {
    expect(swapsOf([2, 288, 8, 32], [2, 3, 0, 1])).toEqual([[1, 576, 256, 1]]);
    expect(swapsOf([4, 1, 5], [1, 0, 2])).toEqual([]);
  });

  it('are two for weights of a convolution, the fewest there can be', () => {
    expect(swapsOf([3, 3, 64, 32], [3, 2, 0, 1])).toHaveLength(2);
  });
});

describe('movesOneAxis', () => {
  it('tells the orders between channels first and last from those that turn everything around', () => {
    expect(
      [
        [0, 3, 1, 2],
        [0, 2, 3, 1],
        [1, 0],
        [0, 1],
      ].every(movesOneAxis),
    ).toBe(true);
    expect(
      [
        [2, 1, 0],
        [2, 3, 0, 1],
      ].some(movesOneAxis),
    ).toBe(false);
  });
});
