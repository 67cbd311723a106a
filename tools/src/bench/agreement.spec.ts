import { assertAgreement, checksumsOf } from './agreement.ts';

describe('checksumsOf', () => {
  it('sums absolute values, array by array, of floats and of counts', () => {
    const arrays = [
      { data: Float32Array.of(1, -2, 0.5), shape: [3] },
      { data: Int32Array.of(-7), shape: [] },
      { data: new Float32Array(0), shape: [0] },
    ];
    expect(checksumsOf(arrays)).toEqual([3.5, 7, 0]);
  });

  it('keeps NaN', () => {
    expect(checksumsOf([{ data: Float32Array.of(1, NaN), shape: [2] }])).toEqual([NaN]);
  });
});

describe('assertAgreement', () => {
  it('allows a thousandth, of each sum by itself', () => {
    expect(() => assertAgreement('a', [1000, 1], [1000.9, 1])).not.toThrow();
    expect(() => assertAgreement('a', [1000, 1], [1000, 1.01])).toThrow(
      "Both sides of 'a' must compute the same",
    );
  });

  it('allows what it is told to', () => {
    expect(() => assertAgreement('a', [1000], [1000.09], 1e-4)).not.toThrow();
    expect(() => assertAgreement('a', [1000], [1000.9], 1e-4)).toThrow('must compute the same');
  });

  it('takes one step more for another computation', () => {
    expect(() => assertAgreement('a', [2, 25], [2, 26])).toThrow('got 2, 25 and 2, 26.');
    expect(() => assertAgreement('a', [2, 0], [2, 1])).toThrow('must compute the same');
  });

  it('lets the other side leave out the last sums, but not all, and add none', () => {
    expect(() => assertAgreement('a', [2, 25], [2])).not.toThrow();
    expect(() => assertAgreement('a', [2, 25], [])).toThrow('must compute the same');
    expect(() => assertAgreement('a', [2], [2, 25])).toThrow('must compute the same');
  });

  it('never takes NaN for the same', () => {
    expect(() => assertAgreement('a', [NaN], [NaN])).toThrow('must compute the same');
    expect(() => assertAgreement('a', [1], [NaN])).toThrow('must compute the same');
  });
});
