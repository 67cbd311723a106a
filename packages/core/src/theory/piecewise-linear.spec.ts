import { evaluatePiecewiseLinear, fitPiecewiseLinear } from './piecewise-linear.ts';

const grid = Array.from({ length: 101 }, (_, i) => i / 100);

describe('fitPiecewiseLinear', () => {
  it('reproduces a function that is linear between its knots', () => {
    const kinked = (x: number) => Math.abs(x - 0.5);
    const fitted = fitPiecewiseLinear(
      grid.map((x) => ({ x, y: kinked(x), weight: 1 + x })),
      3,
    );
    expect(Array.from(fitted.knots)).toEqual([0, 0.5, 1]);
    for (const x of grid) expect(evaluatePiecewiseLinear(fitted, x)).toBeCloseTo(kinked(x), 12);
  });

  it('is the weighted regression line for two knots', () => {
    const points = [
      { x: 0, y: 0, weight: 1 },
      { x: 0, y: 2, weight: 3 },
      { x: 1, y: 1, weight: 1 },
      { x: 1, y: 5, weight: 1 },
    ];
    expect(Array.from(fitPiecewiseLinear(points, 2).values)).toEqual([1.5, 3]);
  });

  it('is better than every nearby fit', () => {
    const points = grid.map((x) => ({ x, y: Math.exp(3 * x), weight: 1 }));
    const fitted = fitPiecewiseLinear(points, 5);
    const loss = (values: Float64Array) =>
      points.reduce((sum, { x, y }) => sum + (evaluatePiecewiseLinear({ ...fitted, values }, x) - y) ** 2, 0);
    const best = loss(fitted.values);
    for (let i = 0; i < 5; i++) {
      for (const change of [-0.01, 0.01]) {
        expect(loss(fitted.values.map((value, j) => (i === j ? value + change : value)))).toBeGreaterThan(
          best,
        );
      }
    }
  });

  it('is constant beyond its knots', () => {
    const fitted = { knots: Float64Array.of(0, 1), values: Float64Array.of(2, 3) };
    expect(evaluatePiecewiseLinear(fitted, -5)).toBe(2);
    expect(evaluatePiecewiseLinear(fitted, 9)).toBe(3);
  });

  it('refuses too few or coinciding points', () => {
    const same = Array.from({ length: 8 }, () => ({ x: 1, y: 1, weight: 1 }));
    expect(() => fitPiecewiseLinear(same, 5)).toThrow('got 5 and 8.');
    expect(() => fitPiecewiseLinear(same, 3)).toThrow('got repeated knots.');
  });
});
