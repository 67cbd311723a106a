/** The methods for linear programs, listed once. */

import type { LpMethod } from '../problem.ts';

/**
 * From a method's name to its loader; the first is the default of the command line. Methods are loaded when
 * they are used, so that HiGHS does not wait for TensorFlow.js.
 */
export const methods: Readonly<Record<string, () => Promise<LpMethod>>> = {
  pdhg: async () => (await import('../equilibria/pdhg.ts')).pdhg,
  'exact-operator': async () => {
    const { loadExactOperator } = await import('../training/exact-operator-checkpoints.ts');
    const { exactOperatorMethod } = await import('../equilibria/exact-operator-method.ts');
    return exactOperatorMethod(await loadExactOperator());
  },
  highs: async () => (await import('../baselines/highs.ts')).highs,
  'highs-ipm': async () => (await import('../baselines/highs-ipm.ts')).highsIpm,
  'highs-pdlp': async () => (await import('../baselines/highs-pdlp.ts')).highsPdlp,
  'javascript-lp-solver': async () =>
    (await import('../baselines/javascript-lp-solver.ts')).javascriptLpSolver,
};

/** Methods that do not count their iterations: a bound on them would be ignored, so it is refused. */
export const uncountedMethods: readonly string[] = ['javascript-lp-solver'];

/** Other names, each of a method that may be here or not: `implicit` is the learned method that is recommended. */
const ALIASES: Readonly<Record<string, string>> = { implicit: 'exact-operator' };

/** Methods that end with a point and multipliers near a vertex, but not at one: what `polish` starts from. */
const UNPOLISHED: readonly string[] = ['exact-operator', 'pdhg', 'highs-pdlp'];

/** The name in `methods` that a name stands for, itself or by an alias; undefined if there is none. */
export function methodNamed(
  name: string,
  known: Readonly<Record<string, unknown>> = methods,
): string | undefined {
  const meant = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  return Object.hasOwn(known, meant) ? meant : undefined;
}

/** The names by which a method can be called, aliases last. */
export const namesOfMethods: readonly string[] = [
  ...Object.keys(methods),
  ...Object.keys(ALIASES).filter((alias) => methodNamed(alias) !== undefined),
];

/** Names of the methods whose answers can be polished. */
export const polishableMethods: readonly string[] = UNPOLISHED.filter((name) => Object.hasOwn(methods, name));

/**
 * Loads a method by its name or an alias.
 *
 * @throws {RangeError} if there is none of that name.
 */
export async function loadMethod(name: string): Promise<LpMethod> {
  const load = methods[methodNamed(name) ?? ''];
  if (load === undefined) {
    throw new RangeError(`loadMethod: the method must be one of ${namesOfMethods.join(', ')}; got ${name}.`);
  }
  return load();
}
