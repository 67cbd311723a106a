import { integers, noise, numbers, transposed } from './numbers.ts';

describe('noise', () => {
  it('fills its range evenly, with no two rows dependent', () => {
    const { data, shape } = noise([64, 64], { scale: 2 });
    expect(shape).toEqual([64, 64]);
    expect(Math.max(...data)).toBeLessThan(2);
    expect(Math.min(...data)).toBeGreaterThan(-2);
    expect(Math.abs(data.reduce((sum, value) => sum + value, 0) / data.length)).toBeLessThan(0.1);
    // Sines of multiples have rank 2: each row is a combination of its neighbours.
    const [a, b, c] = [0, 1, 2].map((row) => data.subarray(64 * row, 64 * row + 64));
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    expect(Math.abs(dot(a!, c!))).toBeLessThan(0.5 * Math.sqrt(dot(a!, a!) * dot(c!, c!)));
    expect(Math.abs(dot(a!, b!))).toBeLessThan(0.5 * Math.sqrt(dot(a!, a!) * dot(b!, b!)));
  });

  it('is the same for the same offset, and another for another', () => {
    expect(noise([5], { offset: 1 })).toEqual(noise([5], { offset: 1 }));
    expect(noise([5], { offset: 1 })).not.toEqual(noise([5], { offset: 2 }));
  });
});

describe('the other inputs', () => {
  it('are what the other side makes', () => {
    expect(Array.from(numbers([2]).data)).toEqual([Math.sin(12.9898), Math.sin(25.9796)].map(Math.fround));
    expect(Array.from(integers(3, 1000))).toEqual([438, 575, 588]);
  });

  it('are put in another order of the axes', () => {
    const x = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
    expect(transposed(x, [1, 0])).toEqual({ data: Float32Array.of(1, 4, 2, 5, 3, 6), shape: [3, 2] });
  });
});
