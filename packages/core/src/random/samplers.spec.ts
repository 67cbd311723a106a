import * as tf from '@tensorflow/tfjs';
import { fold, fromSeed } from './key.ts';
import { integers, normal, permutation, toTensor, uniform } from './samplers.ts';

const key = fromSeed(0);

const mean = (x: ArrayLike<number>) => Array.from(x).reduce((sum, v) => sum + v, 0) / x.length;
const moment = (x: Float64Array, k: number) => mean(x.map((v) => v ** k));

/** Kolmogorov–Smirnov distance √n·sup|F_n − F|; 1.63 is exceeded by chance once in a hundred. */
function kolmogorovSmirnov(x: Float64Array, cdf: (v: number) => number): number {
  const gaps = x.toSorted().map((v, i) => {
    const F = cdf(v);
    return Math.max((i + 1) / x.length - F, F - i / x.length);
  });
  return Math.sqrt(x.length) * Math.max(...gaps);
}

/** Normal distribution function by Simpson's rule on 400 intervals. */
function normalCdf(x: number): number {
  const n = 400;
  const h = x / n;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < n; i++) sum += (i % 2 === 1 ? 4 : 2) * density(i * h);
  return 0.5 + (sum * h) / 3;
}

/** Length of the shortest linear feedback shift register that makes the bits (Berlekamp–Massey). */
function linearComplexity(bits: Int32Array): number {
  let connection = new Uint8Array(bits.length + 1);
  let before = new Uint8Array(bits.length + 1);
  connection[0] = before[0] = 1;
  let [length, since] = [0, 1];
  bits.forEach((bit, n) => {
    let discrepancy = bit;
    for (let i = 1; i <= length; i++) discrepancy ^= connection[i]! & bits[n - i]!;
    if (discrepancy === 0) {
      since += 1;
      return;
    }
    const old = connection.slice();
    for (let i = since; i <= bits.length; i++) connection[i]! ^= before[i - since]!;
    if (2 * length > n) {
      since += 1;
      return;
    }
    [length, before, since] = [n + 1 - length, old, 1];
  });
  return length;
}

describe('uniform', () => {
  it('is reproducible, and other keys give other numbers', () => {
    expect(uniform(key, [2, 3])).toEqual(uniform(key, [2, 3]));
    expect(uniform(key, 4).data).not.toEqual(uniform(fromSeed(1), 4).data);
  });
  it('starts every length with the same numbers', () => {
    expect(uniform(key, 10).data.slice(0, 4)).toEqual(uniform(key, 4).data);
  });
  it('is uniform on [low, high) by Kolmogorov–Smirnov', () => {
    const { data } = uniform(key, 20_000, { low: -2, high: 3 });
    expect(data.every((v) => v >= -2 && v < 3)).toBe(true);
    expect(kolmogorovSmirnov(data, (v) => (v + 2) / 5)).toBeLessThan(1.63);
  });
  it('never gives high, however close to low, unless the two are equal', () => {
    // Half of all draws round up to 1 + 2⁻⁵².
    const { data } = uniform(key, 100, { low: 1, high: 1 + 2 ** -52 });
    expect(new Set(data)).toEqual(new Set([1]));
    expect(new Set(uniform(key, 3, { low: 2, high: 2 }).data)).toEqual(new Set([2]));
  });
  it('uses more than the 32 bits of one draw', () => {
    const { data } = uniform(key, 1000);
    expect(data.some((v) => (v * 2 ** 32) % 1 !== 0)).toBe(true);
  });
  it('does not correlate with the stream of a folded key', () => {
    const x = uniform(key, 20_000).data;
    const y = uniform(fold(key, 'noise'), 20_000).data;
    const covariance = mean(x.map((v, i) => (v - 0.5) * (y[i]! - 0.5)));
    expect(Math.abs(covariance * 12 * Math.sqrt(x.length))).toBeLessThan(3);
  });
  it('gives an empty array for an empty shape, and refuses bad ones', () => {
    expect(uniform(key, [0, 3])).toEqual({ data: new Float64Array(0), shape: [0, 3] });
    expect(() => uniform(key, [2, -1])).toThrow(
      'uniform: every dimension must be an integer >= 0; got [2, -1].',
    );
    expect(() => uniform(key, 1, { low: 1, high: 0 })).toThrow(
      'uniform: low <= high must be finite; got low 1, high 0.',
    );
    expect(() => uniform(key, 1, { low: NaN })).toThrow('uniform: low <= high must be finite');
  });
});

describe('normal', () => {
  it('has the moments of the normal distribution', () => {
    const { data } = normal(key, 50_000);
    const standardErrors = [1, Math.sqrt(2), Math.sqrt(15), Math.sqrt(96)].map((s) => s / Math.sqrt(50_000));
    [0, 1, 0, 3].forEach((expected, i) => {
      expect(Math.abs(moment(data, i + 1) - expected)).toBeLessThan(3 * standardErrors[i]!);
    });
  });
  it('is normal by Kolmogorov–Smirnov, with mean and std as asked', () => {
    const { data } = normal(fold(key, 'ks'), 5_000, { mean: 3, std: 2 });
    expect(kolmogorovSmirnov(data, (v) => normalCdf((v - 3) / 2))).toBeLessThan(1.63);
  });
  it('does not pair neighbours', () => {
    const { data } = normal(key, 20_000);
    const squares = data.map((v) => v * v - 1);
    for (const x of [data, squares]) {
      const lagged = mean(x.slice(1).map((v, i) => v * x[i]!)) / mean(x.map((v) => v * v));
      expect(Math.abs(lagged * Math.sqrt(x.length))).toBeLessThan(3);
    }
  });
  it('draws from another stream than uniform does', () => {
    const u = uniform(key, 2).data;
    const radius = Math.sqrt(-2 * Math.log(1 - u[0]!));
    expect(normal(key, 1).data[0]).not.toBeCloseTo(radius * Math.cos(2 * Math.PI * u[1]!), 10);
  });
  it('refuses a negative standard deviation', () => {
    expect(() => normal(key, 1, { std: -1 })).toThrow(
      'normal: mean and std >= 0 must be finite; got mean 0, std -1.',
    );
  });
});

describe('integers', () => {
  it('meets every value equally often', () => {
    const { data } = integers(key, 60_000, { low: -1, high: 5 });
    const counts = new Map<number, number>();
    for (const v of data) counts.set(v, (counts.get(v) ?? 0) + 1);
    expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([-1, 0, 1, 2, 3, 4]);
    const chiSquared = [...counts.values()].reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    expect(chiSquared).toBeLessThan(15.1); // 1 % of the distribution with 5 degrees of freedom
  });
  it('has no linear low bit', () => {
    // Random bits need a shift register of half their number; those of a linear generator one of its state, 128.
    const bits = integers(key, 1000, { high: 2 }).data;
    expect(linearComplexity(bits)).toBeGreaterThan(450);
    const low = integers(key, 1000, { high: 256 }).data.map((value) => value & 1);
    expect(linearComplexity(low)).toBeGreaterThan(450);
  });
  it('refuses an empty range and what int32 cannot hold', () => {
    expect(() => integers(key, 1, { high: 0 })).toThrow(
      'integers: low < high must be integers within int32; got low 0, high 0.',
    );
    expect(() => integers(key, 1, { high: 2 ** 32 })).toThrow('integers: low < high');
  });
});

describe('permutation', () => {
  it('holds every index once', () => {
    expect(permutation(key, 100).toSorted()).toEqual(Int32Array.from({ length: 100 }, (_, i) => i));
    expect(permutation(key, 0)).toEqual(new Int32Array(0));
  });
  it('gives all six orders of three equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = permutation(fold(key, i), 3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    const chiSquared = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquared).toBeLessThan(15.1);
  });
  it('refuses what is no count', () => {
    expect(() => permutation(key, -1)).toThrow(
      'permutation: every dimension must be an integer >= 0; got [-1].',
    );
  });
});

describe('toTensor', () => {
  it('gives a float32 tensor of float samples and an int32 tensor of whole ones', () => {
    const samples = normal(key, [2, 3]);
    const [x, i] = [toTensor(samples), toTensor(integers(key, 4, { high: 9 }))];
    expect([x.dtype, x.shape, i.dtype, i.shape]).toEqual(['float32', [2, 3], 'int32', [4]]);
    expect(x.dataSync()).toEqual(Float32Array.from(samples.data));
    tf.dispose([x, i]);
  });
});
