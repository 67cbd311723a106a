import fc from 'fast-check';
import { fromSeed } from '../random/key.ts';
import { splitDataset, subset } from './split-dataset.ts';

const key = fromSeed(3);

describe('splitDataset', () => {
  it('has the sizes that the shares ask for', () => {
    const split = splitDataset(10, { train: 0.8, validation: 0.1, test: 0.1, key });
    expect(Object.values(split).map((part) => part.length)).toEqual([8, 1, 1]);
  });

  it('puts every sample into one part, in order, and is off by less than one', () => {
    const share = fc.integer({ min: 0, max: 9 });
    const cases = fc.tuple(
      fc.nat(50),
      fc.tuple(share, share, share).filter((s) => Math.max(...s) > 0),
      fc.nat(),
    );
    const holds = ([n, shares, seed]: [number, [number, number, number], number]): void => {
      const [train, validation, test] = shares;
      const split = splitDataset(n, { train, validation, test, key: fromSeed(seed) });
      const parts = [split.train, split.validation, split.test];
      const all = parts.flatMap((part) => [...part]);
      expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      const total = train + validation + test;
      parts.forEach((part, i) => {
        expect([...part]).toEqual([...part].toSorted((a, b) => a - b));
        expect(Math.abs(part.length - (n * shares[i]!) / total)).toBeLessThan(1 + 1e-9);
      });
      const unasked = parts.filter((_, i) => shares[i] === 0);
      expect(unasked.flatMap((part) => [...part])).toEqual([]);
    };
    fc.assert(fc.property(cases, holds), { seed: 7 });
  });

  it('depends on the key, and on nothing else', () => {
    const shares = { train: 1, validation: 1, test: 1 };
    const split = splitDataset(30, { ...shares, key });
    expect(splitDataset(30, { ...shares, key })).toEqual(split);
    expect(splitDataset(30, { ...shares, key: fromSeed(4) })).not.toEqual(split);
  });

  it.each([
    [-1, 1, 1],
    [0, 0, 0],
    [NaN, 1, 1],
    [Infinity, 1, 1],
  ])('refuses the shares %d, %d, %d', (train, validation, test) => {
    expect(() => splitDataset(3, { train, validation, test, key })).toThrow(
      `splitDataset: shares must be finite numbers >= 0 with a positive sum; got ${train}, ${validation}, ${test}.`,
    );
  });
});

describe('subset', () => {
  const source = { size: 3, get: (index: number) => 'abc'[index]! };

  it('has the chosen samples in their order', () => {
    const chosen = subset(source, Int32Array.of(2, 0));
    expect([chosen.size, chosen.get(0), chosen.get(1)]).toEqual([2, 'c', 'a']);
  });

  it('refuses an index of no sample', () => {
    expect(() => subset(source, [3])).toThrow('subset: indices must be integers in [0, 3); got 3.');
  });
});
