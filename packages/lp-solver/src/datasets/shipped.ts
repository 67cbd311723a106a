/** Small linear programs that ship with the package, written for it, each with its known outcome. */

import { linearProgram, type LinearProgramSpec } from '../problem/linear-program.ts';
import type { LinearProgram } from '../problem.ts';

/** A program and what is known of it; the objective of an optimal one is exact or to 12 digits. */
export type KnownLinearProgram = {
  readonly lp: LinearProgram;
  readonly status: 'optimal' | 'infeasible' | 'unbounded';
  readonly objective: number | null;
};

/** Three foods must supply energy and protein, with little fat, at the least cost. */
const diet: LinearProgramSpec = {
  name: 'diet',
  sense: 'minimize',
  variables: {
    oats: { cost: 0.3, upper: 20 },
    milk: { cost: 0.5, upper: 20 },
    eggs: { cost: 0.8, upper: 12 },
  },
  constraints: {
    energy: { terms: { oats: 380, milk: 300, eggs: 150 }, lower: 2400 },
    protein: { terms: { oats: 13, milk: 16, eggs: 12 }, lower: 90 },
    fat: { terms: { oats: 7, milk: 16, eggs: 10 }, upper: 80 },
  },
};

/** Two plants supply three cities; supply exceeds demand. */
const transport: LinearProgramSpec = {
  name: 'transport',
  sense: 'minimize',
  variables: {
    northA: { cost: 4 },
    northB: { cost: 6 },
    northC: { cost: 9 },
    southA: { cost: 5 },
    southB: { cost: 3 },
    southC: { cost: 7 },
  },
  constraints: {
    north: { terms: { northA: 1, northB: 1, northC: 1 }, upper: 60 },
    south: { terms: { southA: 1, southB: 1, southC: 1 }, upper: 50 },
    cityA: { terms: { northA: 1, southA: 1 }, lower: 35, upper: 35 },
    cityB: { terms: { northB: 1, southB: 1 }, lower: 30, upper: 30 },
    cityC: { terms: { northC: 1, southC: 1 }, lower: 25, upper: 25 },
  },
};

/** A blend of crudes with a two-sided quality, a fixed fee in the objective, and a limit on sulphur. */
const blending: LinearProgramSpec = {
  name: 'blending',
  sense: 'maximize',
  objectiveConstant: -50,
  variables: { light: { cost: 12, upper: 60 }, medium: { cost: 9, upper: 80 }, heavy: { cost: 7 } },
  constraints: {
    capacity: { terms: { light: 1, medium: 1, heavy: 1 }, upper: 120 },
    octane: { terms: { light: 8, medium: 1, heavy: -6 }, lower: 0, upper: 300 },
    sulphur: { terms: { light: -1, medium: 0.5, heavy: 2 }, upper: 0 },
  },
};

/** Shifts of five days cover a week's demand: each column works five consecutive days. */
function staffing(): LinearProgramSpec {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const demand = [17, 13, 15, 19, 14, 16, 11];
  const works = (start: number, day: number): boolean => (day - start + 7) % 7 < 5;
  return {
    name: 'staffing',
    sense: 'minimize',
    variables: Object.fromEntries(days.map((day) => [`from_${day}`, { cost: 1 }])),
    constraints: Object.fromEntries(
      days.map((day, d) => [
        day,
        {
          terms: Object.fromEntries(days.flatMap((from, s) => (works(s, d) ? [[`from_${from}`, 1]] : []))),
          lower: demand[d]!,
        },
      ]),
    ),
  };
}

/** The greatest flow from s to t; the cut {s, a} of capacity 4 + 2 + 5 is least. */
const maxFlow: LinearProgramSpec = {
  name: 'max-flow',
  sense: 'maximize',
  variables: {
    sa: { upper: 10 },
    sb: { upper: 5 },
    ab: { upper: 4 },
    at: { upper: 2 },
    bt: { upper: 11 },
    flow: { cost: 1 },
  },
  constraints: {
    s: { terms: { flow: 1, sa: -1, sb: -1 }, lower: 0, upper: 0 },
    a: { terms: { sa: 1, ab: -1, at: -1 }, lower: 0, upper: 0 },
    b: { terms: { sb: 1, ab: 1, bt: -1 }, lower: 0, upper: 0 },
  },
};

/** Degenerate: at the origin, where the simplex method begins, two rows have no slack. */
const degenerate: LinearProgramSpec = {
  name: 'degenerate',
  sense: 'minimize',
  variables: { x1: { cost: -0.75 }, x2: { cost: 150 }, x3: { cost: -0.02 }, x4: { cost: 6 } },
  constraints: {
    first: { terms: { x1: 0.25, x2: -60, x3: -0.04, x4: 9 }, upper: 0 },
    second: { terms: { x1: 0.5, x2: -90, x3: -0.02, x4: 3 }, upper: 0 },
    third: { terms: { x3: 1 }, upper: 1 },
  },
};

/** The line nearest to five points in the largest deviation; slope and intercept are free. */
const chebyshev: LinearProgramSpec = {
  name: 'chebyshev',
  sense: 'minimize',
  variables: {
    slope: { lower: -Infinity },
    intercept: { lower: -Infinity },
    deviation: { cost: 1 },
  },
  constraints: Object.fromEntries(
    [1, 3, 2, 5, 4].flatMap((y, x) => [
      [`above${x}`, { terms: { slope: x, intercept: 1, deviation: 1 }, lower: y }],
      [`below${x}`, { terms: { slope: x, intercept: 1, deviation: -1 }, upper: y }],
    ]),
  ),
};

/** Weights of four assets with a least return and a limit on the loss in each of three scenarios. */
const portfolio: LinearProgramSpec = {
  name: 'portfolio',
  sense: 'minimize',
  variables: {
    bonds: { upper: 0.6 },
    stocks: { upper: 0.6 },
    gold: { upper: 0.4 },
    cash: { upper: 1 },
    worstLoss: { cost: 1, lower: -1 },
  },
  constraints: {
    budget: { terms: { bonds: 1, stocks: 1, gold: 1, cash: 1 }, lower: 1, upper: 1 },
    mean: { terms: { bonds: 0.03, stocks: 0.08, gold: 0.04, cash: 0.01 }, lower: 0.045 },
    crash: { terms: { bonds: 0.01, stocks: -0.3, gold: 0.15, cash: 0.01, worstLoss: 1 }, lower: 0 },
    boom: { terms: { bonds: 0.02, stocks: 0.25, gold: -0.1, cash: 0.01, worstLoss: 1 }, lower: 0 },
    rates: { terms: { bonds: -0.12, stocks: 0.05, gold: -0.02, cash: 0.02, worstLoss: 1 }, lower: 0 },
  },
};

/** Bounds and ranges on both sides, negative ones among them. */
const ranges: LinearProgramSpec = {
  name: 'ranges',
  sense: 'minimize',
  objectiveConstant: 10,
  variables: {
    x: { cost: 1, lower: -5, upper: -1 },
    y: { cost: -2, lower: -Infinity, upper: 3 },
    z: { cost: 1, lower: -Infinity },
  },
  constraints: {
    sum: { terms: { x: 1, y: 1, z: 1 }, lower: -2, upper: 4 },
    difference: { terms: { x: 1, z: -1 }, lower: -3, upper: 2 },
  },
};

/** Three promises of which two can be kept: a ≥ 4 and b ≥ 3, but a + b ≤ 6. */
const overcommitted: LinearProgramSpec = {
  name: 'overcommitted',
  sense: 'minimize',
  variables: { a: { cost: 1 }, b: { cost: 1 } },
  constraints: {
    first: { terms: { a: 1 }, lower: 4 },
    second: { terms: { b: 1 }, lower: 3 },
    budget: { terms: { a: 1, b: 1 }, upper: 6 },
  },
};

/** A cycle of trades that earns on each round: nothing stops it. */
const arbitrage: LinearProgramSpec = {
  name: 'arbitrage',
  sense: 'maximize',
  variables: { euros: {}, dollars: {}, profit: { cost: 1 } },
  constraints: {
    dollarsHeld: { terms: { euros: 1.1, dollars: -1 }, lower: 0 },
    eurosHeld: { terms: { euros: -1, dollars: 0.95, profit: -1 }, lower: 0 },
  },
};

/** The shipped programs. The outcomes were derived by hand or computed by two methods, as their spec shows. */
export const shippedLinearPrograms: readonly KnownLinearProgram[] = [
  known(diet, 27 / 13),
  known(transport, 415),
  known(blending, 880),
  known(staffing(), 67 / 3),
  known(maxFlow, 11),
  known(degenerate, -0.05),
  known(chebyshev, 1),
  known(portfolio, 0.0172891566265),
  known(ranges, -1),
  { lp: linearProgram(overcommitted), status: 'infeasible', objective: null },
  { lp: linearProgram(arbitrage), status: 'unbounded', objective: null },
];

function known(spec: LinearProgramSpec, objective: number): KnownLinearProgram {
  return { lp: linearProgram(spec), status: 'optimal', objective };
}
