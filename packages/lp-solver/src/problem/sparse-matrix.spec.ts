import fc from 'fast-check';
import {
  dot,
  fromEntries,
  maximumNorm,
  multiply,
  multiplyTransposed,
  norm,
  type Entry,
} from './sparse-matrix.ts';

const value = fc.double({ min: -10, max: 10, noNaN: true });
const entry = fc.tuple(fc.nat(3), fc.nat(4), value);

describe('fromEntries', () => {
  it('orders columns within rows, adds entries of one place and drops zeros', () => {
    const A = fromEntries(
      [3, 2],
      [
        [2, 1, 5],
        [0, 1, 2],
        [0, 0, 1],
        [2, 1, -1],
        [1, 0, 3],
        [1, 0, -3],
      ],
    );
    expect([...A.starts]).toEqual([0, 2, 2, 3]);
    expect([...A.indices]).toEqual([0, 1, 1]);
    expect([...A.values]).toEqual([1, 2, 4]);
  });
  it('refuses an entry outside the shape', () => {
    expect(() => fromEntries([1, 2], [[0, 2, 1]])).toThrow('entries must lie inside [1, 2]; got (0, 2).');
    expect(() => fromEntries([1, 2], [[1, 0, 1]])).toThrow('got (1, 0)');
  });
});

describe('multiply', () => {
  it('computes the rows of a small product', () => {
    const A = fromEntries(
      [2, 3],
      [
        [0, 0, 1],
        [0, 2, 2],
        [1, 1, -1],
      ],
    );
    expect([...multiply(A, Float64Array.of(3, 4, 5))]).toEqual([13, -4]);
    expect([...multiplyTransposed(A, Float64Array.of(3, 4))]).toEqual([3, -4, 6]);
  });
  it('is the adjoint of multiplyTransposed', () => {
    const holds = (entries: Entry[], x: number[], y: number[]): boolean => {
      const A = fromEntries([4, 5], entries);
      const left = dot(multiply(A, Float64Array.from(x)), Float64Array.from(y));
      const right = dot(Float64Array.from(x), multiplyTransposed(A, Float64Array.from(y)));
      return Math.abs(left - right) <= 1e-10 * (1 + Math.abs(left));
    };
    const vector = (n: number) => fc.array(value, { minLength: n, maxLength: n });
    fc.assert(fc.property(fc.array(entry), vector(5), vector(4), holds), { seed: 11 });
  });
});

describe('norms', () => {
  it('neither overflow nor underflow, and keep NaN', () => {
    expect(norm(Float64Array.of(3e200, 4e200))).toBeCloseTo(5e200, -190);
    expect(norm(Float64Array.of(3e-200, 4e-200)) / 5e-200).toBeCloseTo(1, 12);
    expect(norm(Float64Array.of())).toBe(0);
    expect(norm(Float64Array.of(1, NaN))).toBeNaN();
    expect(maximumNorm(Float64Array.of(-7, 2))).toBe(7);
  });
});
