/** The methods for linear programs, listed once. */

import type { LpMethod } from '../problem.ts';

/**
 * From a method's name to its loader; the first is the default of the command line. Methods are loaded when
 * they are used, so that HiGHS does not wait for TensorFlow.js.
 */
export const methods: Readonly<Record<string, () => Promise<LpMethod>>> = {
  pdhg: async () => (await import('../equilibria/pdhg.ts')).pdhg,
  highs: async () => (await import('../baselines/highs.ts')).highs,
  'highs-ipm': async () => (await import('../baselines/highs-ipm.ts')).highsIpm,
  'highs-pdlp': async () => (await import('../baselines/highs-pdlp.ts')).highsPdlp,
  'javascript-lp-solver': async () =>
    (await import('../baselines/javascript-lp-solver.ts')).javascriptLpSolver,
};

/** Methods that do not count their iterations: a bound on them would be ignored, so it is refused. */
export const uncountedMethods: readonly string[] = ['javascript-lp-solver'];

/**
 * Loads a method by its name.
 *
 * @throws {RangeError} if there is none of that name.
 */
export async function loadMethod(name: string): Promise<LpMethod> {
  const load = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (load === undefined) {
    throw new RangeError(
      `loadMethod: the method must be one of ${Object.keys(methods).join(', ')}; got ${name}.`,
    );
  }
  return load();
}
