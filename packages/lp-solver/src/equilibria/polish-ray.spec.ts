import { fold, fromSeed, normal, uniform } from '@equilibria/core';
import { checkFarkas } from '../evaluation/rays.ts';
import { asMinimization, linearProgram } from '../problem/linear-program.ts';
import { polishRay } from './polish-ray.ts';

/** A chain of stocks that carries goods from the first to the last; more must come out than is put in. */
function chain(length: number) {
  const names = Array.from({ length }, (_, k) => `x${k}`);
  const yields = uniform(fromSeed(2), length, { low: 0.5, high: 2 }).data;
  return asMinimization(
    linearProgram({
      name: 'chain',
      sense: 'minimize',
      variables: Object.fromEntries(names.map((name) => [name, {}])),
      constraints: {
        ...Object.fromEntries(
          names
            .slice(1)
            .map((name, k) => [
              `stock${k}`,
              { terms: { [names[k]!]: yields[k]!, [name]: -1 }, lower: 0, upper: 0 },
            ]),
        ),
        source: { terms: { x0: 1 }, upper: 1 },
        demand: { terms: { [names.at(-1)!]: 1 }, lower: 1 + yields.slice(0, -1).reduce((a, b) => a * b, 1) },
      },
    }),
  );
}

describe('polishRay', () => {
  const lp = chain(30);
  /** The price of each stock is what a unit of it becomes at the end. */
  const exact = (): Float64Array => {
    const stocks = Float64Array.from({ length: 29 });
    let price = 1;
    for (let k = 28; k >= 0; k--) {
      stocks[k] = price;
      price *= lp.matrix.values[2 * k]!;
    }
    return Float64Array.of(...stocks, -price, 1);
  };
  const off = (size: number): Float64Array => {
    const noise = normal(fold(fromSeed(0), 'noise'), 31).data;
    return exact().map((value, i) => value * (1 + size * noise[i]!));
  };
  it('leaves a ray that holds as it is', () => {
    expect(checkFarkas(lp, exact())).toMatchObject({ holds: true });
    expect(polishRay(lp, exact())).toEqual(exact());
  });
  it.each([1e-8, 1e-6])('makes a ray hold that is off by %d', (size) => {
    expect(checkFarkas(lp, off(size)).holds).toBe(false);
    const polished = polishRay(lp, off(size));
    expect(checkFarkas(lp, polished).holds).toBe(true);
    polished.forEach((value, i) => expect(value / exact()[i]!).toBeCloseTo(1, 4));
  });
  it('makes no certificate for a feasible program', () => {
    const feasible = { ...lp, rowLower: lp.rowLower.map((side, i) => (i === 30 ? side - 1.0001 : side)) };
    expect(checkFarkas(feasible, polishRay(feasible, off(1e-6))).holds).toBe(false);
  });
});
