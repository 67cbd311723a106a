/** Programs as they come up in practice: transport, assignment, blending. Harder than random ones, of many sizes. */

import { fold, integers, type Key, permutation, uniform } from '@equilibria/core';
import { assertNamed } from './assert-named.ts';
import { asMinimization, checkLinearProgram } from '../problem/linear-program.ts';
import { type Entry, fromEntries } from '../problem/sparse-matrix.ts';
import type { Minimization } from '../problem.ts';

/** A kind of structured program. */
export type ProgramFamily = 'transport' | 'assignment' | 'blending';

export const PROGRAM_FAMILIES: readonly ProgramFamily[] = ['transport', 'assignment', 'blending'];

/** A range of whole numbers, both ends included. */
export type Range = readonly [least: number, most: number];

/** How many variables a program has. */
export type StructuredOptions = {
  /** Default `[50, 200]`; a program is outside where no product of its counts is inside, as in narrow ranges. */
  readonly variables?: Range;
};

/**
 * A structured program of a family; equal keys give equal programs. All are feasible and bounded, of numbers below 10, most of them
 * about 1, and their costs are real numbers, so that the optimal point is almost surely the only one.
 *
 * - `transport`: from sources to up to four times as many customers in the unit square at the distance, disturbed by up to a
 *   fifth; supplies are a fifth more than the demands. Variables from 0 to ∞.
 * - `assignment`: of as many tasks as workers, who are qualified for 5 to 8 tasks each, fewer if there are fewer; the cost is the
 *   worker's wage times the task's effort times luck within a factor of 3. All can be assigned at once. Optimal points are highly
 *   degenerate. Variables from 0 to 1.
 * - `blending`: raw materials of 2 to 4 qualities are blended to products with limits on each quality; profit is the price of a product
 *   less the cost of the material. Demands may be left unmet. Variables from 0 to ∞.
 *
 * @throws {RangeError} if there is no such family, or the range is not of whole numbers that increase, from 16 on.
 */
export function structuredProgram(
  family: ProgramFamily,
  key: Key,
  { variables = [50, 200] }: StructuredOptions = {},
): Minimization {
  assertNamed('structuredProgram: the family', family, PROGRAM_FAMILIES);
  const [least, most] = variables;
  if (!(Number.isSafeInteger(least) && Number.isSafeInteger(most) && 16 <= least && least <= most)) {
    throw new RangeError(
      `structuredProgram: variables must be whole numbers 16 <= least <= most; got [${variables.join(', ')}].`,
    );
  }
  return FAMILIES[family](key, { wanted: whole(fold(key, 'variables'), variables), least, most });
}

/** The number of variables to come close to, without leaving the range. */
type Size = { readonly wanted: number; readonly least: number; readonly most: number };

const FAMILIES: Readonly<Record<ProgramFamily, (key: Key, size: Size) => Minimization>> = {
  transport,
  assignment,
  blending,
};

function transport(key: Key, size: Size): Minimization {
  const sources = whole(fold(key, 'sources'), [root(size.wanted / 4), root(size.wanted)]);
  const customers = timesWithin(sources, size);
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

function assignment(key: Key, size: Size): Minimization {
  const all = Math.floor(Math.sqrt(size.wanted));
  const tasksEach = whole(fold(key, 'tasks each'), [Math.min(5, all), Math.min(8, all)]);
  const workers = timesWithin(tasksEach, size);
  const wages = numbers(key, 'wages', workers, [0.5, 1]);
  const efforts = numbers(key, 'efforts', workers, [0.5, 1]);
  const luck = numbers(key, 'luck', workers * tasksEach, [0.5, 1.5]);
  const tasks = qualifications(key, workers, tasksEach);
  const entries: Entry[] = [];
  const costs = luck.map((factor, k) => {
    const [worker, task] = [Math.floor(k / tasksEach), tasks[k]!];
    entries.push([worker, k, 1], [workers + task, k, 1]);
    return wages[worker]! * efforts[task]! * factor;
  });
  const once = filled(2 * workers, 1);
  return program('assignment', { costs, entries, rowLower: once, rowUpper: once, upper: 1 });
}

/** The tasks of each worker, one of them of an assignment of all. */
function qualifications(key: Key, workers: number, tasksEach: number): number[] {
  const assigned = permutation(fold(key, 'assigned'), workers);
  return Array.from(assigned, (own, worker) => {
    const order = permutation(fold(fold(key, 'order'), worker), workers).filter((task) => task !== own);
    return [own, ...order.subarray(0, tasksEach - 1)].toSorted((a, b) => a - b);
  }).flat();
}

function blending(key: Key, size: Size): Minimization {
  const products = whole(fold(key, 'products'), [root(size.wanted / 8), root(size.wanted / 2)]);
  const materials = timesWithin(products, size);
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

/** How often to take `count` for the wanted number of variables. */
function timesWithin(count: number, { wanted, least, most }: Size): number {
  return Math.min(Math.max(Math.round(wanted / count), Math.ceil(least / count)), Math.floor(most / count));
}

function root(value: number): number {
  return Math.round(Math.sqrt(value));
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
