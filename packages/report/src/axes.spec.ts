import { placeOn, tickLabel, yAxis } from './axes.ts';

describe('yAxis', () => {
  it('ends at a labelled power of ten at or above the values', () => {
    const axis = yAxis([2e-12, 4e4]);
    expect(axis.ticks).toEqual([-12, -9, -6, -3, 0, 3, 6].map((exponent) => 10 ** exponent));
    expect(axis.domain).toEqual([10 ** -12, 10 ** 6]);
  });

  it.each([
    [1e-18, 1],
    [3e-16, 0.7],
    [0.3, 9.5e5],
    [1e-300, 1e300],
    [7, 7000],
  ])('holds %d and %d between its first and its last tick, nine at most', (low, high) => {
    const { ticks, domain } = yAxis([high, low]);
    if (typeof ticks === 'number') throw new Error('a logarithmic axis lists its ticks');
    expect(domain).toEqual([ticks[0], ticks.at(-1)]);
    expect(domain[0]).toBeLessThanOrEqual(low);
    expect(domain[1]).toBeGreaterThanOrEqual(high);
    expect(ticks.length).toBeLessThanOrEqual(10);
  });

  it('has a level for 0 one step below the powers of ten', () => {
    const axis = yAxis([0, 0.2, 5000]);
    expect(axis.ticks).toEqual([0.01, 0.1, 1, 10, 100, 1000, 10000]);
    expect([placeOn(axis, 0), tickLabel(axis, 0.01), tickLabel(axis, 0.1)]).toEqual([0.01, '0', '10⁻¹']);
  });

  it('leaves no place for 0 where there is none', () => {
    const axis = yAxis([1, 1000]);
    expect([placeOn(axis, 0), placeOn(axis, 2)]).toEqual([null, 2]);
    expect(tickLabel(axis, 1)).toBe('1');
  });

  it('holds negative values with 5 % to spare', () => {
    expect(yAxis([-10, -2]).domain).toEqual([-10.5, 0]);
    expect(yAxis([-100, 100, 5000]).domain).toEqual([-355, 5255]);
    expect(yAxis([20, 40])).toMatchObject({ type: 'linear', domain: [0, 42] });
  });

  it.each([
    ['nothing', []],
    ['zeros', [0, 0]],
  ])('has a span of 1 for %s', (_, values) => {
    expect(yAxis(values)).toEqual({ type: 'linear', domain: [0, 1], ticks: [0, 0.5, 1], zero: null });
  });
});
