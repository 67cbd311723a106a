import { formatDuration, formatNumber, formatPower } from './numbers.ts';

describe('formatNumber', () => {
  it.each([
    [null, '–'],
    [0, '0'],
    [256, '256'],
    [0.0521096, '0.0521'],
    [-2.34567, '-2.35'],
    [5.33e-6, '5.33e-6'],
    [2e-16, '2e-16'],
    [955270.98, '9.55e5'],
    [100000, '1e5'],
  ])('writes %d as %s', (value, text) => expect(formatNumber(value)).toBe(text));
});

describe('formatDuration', () => {
  it.each([
    [0.01234, '0.012 ms'],
    [180.4, '180 ms'],
    [1500, '1.5 s'],
    [61234, '61.2 s'],
  ])('writes %d ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('formatPower', () => {
  it.each([
    [1e-12, '10⁻¹²'],
    [0.1, '10⁻¹'],
    [1, '1'],
    [1000, '1000'],
    [1e6, '10⁶'],
  ])('writes %d as %s', (value, text) => expect(formatPower(value)).toBe(text));
});
