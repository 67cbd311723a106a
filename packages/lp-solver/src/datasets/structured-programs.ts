/** Programs as they come up in practice: transport, assignment, blending. Harder than random ones, of many sizes. */

import { fold, integers, type Key, uniform } from '@equilibria/core';
import { asMinimization, checkLinearProgram } from '../problem/linear-program.ts';
import { type Entry, fromEntries } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';

/** A kind of structured program. */
export type ProgramFamily = 'transport' | 'assignment' | 'blending';

export const PROGRAM_FAMILIES: readonly ProgramFamily[] = ['transport', 'assignment', 'blending'];

/** A range of whole numbers, both ends included. */
export type Range = readonly [least: number, most: number];

/** About how many variables a program has. */
export type StructuredOptions = {
  /** Default `[50, 200]`; programs come close to it, since variables are products of counts. */
  readonly variables?: Range;
};

/**
 * A structured program of a family; equal keys give equal programs. All are feasible and bounded, of numbers of size 1, and their
 * costs are real numbers, so that the optimal point is almost surely the only one.
 *
 * - `transport`: from sources to customers in the unit square at the distance, disturbed by up to a fifth; supplies are a fifth more than
 *   the demands. Variables from 0 to ∞.
 * - `assignment`: of as many tasks as workers at uniform costs; its optimal points are highly degenerate. Variables from 0 to 1.
 * - `blending`: raw materials of several qualities are blended to products with limits on each quality; profit is the price of a product
 *   less the cost of the material. Demands may be left unmet. Variables from 0 to ∞.
 *
 * @throws {RangeError} if the range is not of whole numbers that increase, from 16 on.
 */
export function structuredProgram(
  family: ProgramFamily,
  key: Key,
  { variables = [50, 200] }: StructuredOptions = {},
): Minimization {
  const [least, most] = variables;
  if (!(Number.isSafeInteger(least) && Number.isSafeInteger(most) && 16 <= least && least <= most)) {
    throw new RangeError(
      `structuredProgram: variables must be whole numbers 16 <= least <= most; got [${variables.join(', ')}].`,
    );
  }
  return FAMILIES[family](key, whole(fold(key, 'variables'), variables));
}

const FAMILIES: Readonly<Record<ProgramFamily, (key: Key, variables: number) => Minimization>> = {
  transport,
  assignment,
  blending,
};

function transport(key: Key, variables: number): Minimization {
  const sources = whole(fold(key, 'sources'), [4, Math.max(4, Math.round(Math.sqrt(variables)))]);
  const customers = Math.max(2, Math.round(variables / sources));
  const places = [...Array(2).keys()].map((axis) => numbers(key, `axis ${axis}`, sources + customers));
  const [across, up] = places as [Float64Array, Float64Array];
  const disturbance = numbers(key, 'disturbance', sources * customers, [0.8, 1.2]);
  const demands = numbers(key, 'demands', customers, [0.5, 1.5]);
  const supplies = portions(key, 'supplies', sources, 1.2 * sum(demands));
  const entries: Entry[] = [];
  const costs = disturbance.map((factor, k) => {
    const [i, j] = [Math.floor(k / customers), sources + (k % customers)];
    entries.push([i, k, 1], [j, k, 1]);
    return factor * Math.hypot(across[i]! - across[j]!, up[i]! - up[j]!);
  });
  return program('transport', {
    costs,
    entries,
    rowLower: [...filled(sources, -Infinity), ...demands],
    rowUpper: [...supplies, ...filled(customers, Infinity)],
    upper: Infinity,
  });
}

function assignment(key: Key, variables: number): Minimization {
  const size = Math.max(4, Math.round(Math.sqrt(variables)));
  const costs = numbers(key, 'costs', size * size);
  const entries = Array.from(costs, (_, k): Entry[] => [
    [Math.floor(k / size), k, 1],
    [size + (k % size), k, 1],
  ]).flat();
  const once = filled(2 * size, 1);
  return program('assignment', { costs, entries, rowLower: once, rowUpper: once, upper: 1 });
}

function blending(key: Key, variables: number): Minimization {
  const products = whole(fold(key, 'products'), [3, Math.max(3, Math.round(Math.sqrt(variables / 2)))]);
  const materials = Math.max(4, Math.round(variables / products));
  const qualities = whole(fold(key, 'qualities'), [2, 4]);
  const cost = numbers(key, 'cost', materials, [0.2, 1]);
  const price = numbers(key, 'price', products, [0.7, 1.4]);
  const handling = numbers(key, 'handling', materials * products, [-0.05, 0.05]);
  const quality = numbers(key, 'quality', materials * qualities);
  const limit = numbers(key, 'limit', products * qualities, [0.45, 0.65]);
  const demands = numbers(key, 'demands', products, [0.5, 1.5]);
  const supplies = portions(key, 'supplies', materials, 1.3 * sum(demands));
  const entries: Entry[] = [];
  const costs = handling.map((extra, k) => {
    const [i, p] = [Math.floor(k / products), k % products];
    entries.push([i, k, 1], [materials + p, k, 1]);
    for (let q = 0; q < qualities; q++) {
      const excess = quality[i * qualities + q]! - limit[p * qualities + q]!;
      entries.push([materials + products + p * qualities + q, k, excess]);
    }
    return cost[i]! - price[p]! + extra;
  });
  const rowUpper = [...supplies, ...demands, ...filled(products * qualities, 0)];
  return program('blending', {
    costs,
    entries,
    rowLower: filled(rowUpper.length, -Infinity),
    rowUpper,
    upper: Infinity,
  });
}

type Parts = {
  readonly costs: Float64Array;
  readonly entries: readonly Entry[];
  readonly rowLower: readonly number[];
  readonly rowUpper: readonly number[];
  /** Of every variable; the lower bound is 0. */
  readonly upper: number;
};

function program(name: ProgramFamily, { costs, entries, rowLower, rowUpper, upper }: Parts): Minimization {
  const [rows, columns] = [rowUpper.length, costs.length];
  const sorted = entries.toSorted(([i, j], [k, l]) => i - k || j - l);
  return asMinimization(
    checkLinearProgram({
      name,
      sense: 'minimize',
      objective: costs,
      objectiveConstant: 0,
      matrix: fromEntries([rows, columns], sorted),
      rowLower: Float64Array.from(rowLower),
      rowUpper: Float64Array.from(rowUpper),
      lower: new Float64Array(columns),
      upper: new Float64Array(columns).fill(upper),
      columnNames: Array.from({ length: columns }, (_, j) => `x${j}`),
      rowNames: Array.from({ length: rows }, (_, i) => `c${i}`),
      integerColumns: [],
    }),
  );
}

function whole(key: Key, [least, most]: Range): number {
  return integers(key, 1, { low: least, high: most + 1 }).data[0]!;
}

function numbers(
  key: Key,
  name: string,
  count: number,
  [low, high]: readonly [number, number] = [0, 1],
): Float64Array {
  return uniform(fold(key, name), count, { low, high }).data;
}

/** Parts of a total, of sizes within a factor of 3. */
function portions(key: Key, name: string, count: number, total: number): Float64Array {
  const drawn = numbers(key, name, count, [0.5, 1.5]);
  const factor = total / sum(drawn);
  return drawn.map((value) => value * factor);
}

function filled(count: number, value: number): number[] {
  return Array.from({ length: count }, () => value);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
