/** Options of `compile`, checked. */
import { ALL_PASSES } from '../graph/graph.ts';
import { assertKnownOptions } from './known-options.ts';

const KNOWN = ['precision', 'names', 'outputName', 'threads', 'providers', 'passes', 'metadata'];

/** @throws {RangeError} naming the option that is not there, or not what it must be. */
export function assertCompileOptions(options: Readonly<Record<string, unknown>>): void {
  assertKnownOptions('compile: the options', options, KNOWN);
  const { precision = 'float32', passes = {}, providers = [] } = options;
  if (precision !== 'float32' && precision !== 'float64') {
    throw new RangeError(`compile: precision must be 'float32' or 'float64'; got ${text(precision)}.`);
  }
  if (!Array.isArray(providers)) {
    throw new RangeError(`compile: providers must be a list, as in ['cpu']; got ${text(providers)}.`);
  }
  if (typeof passes !== 'object' || passes === null) {
    throw new RangeError(
      `compile: passes must be an object, as in { unrolling: false }; got ${text(passes)}.`,
    );
  }
  assertKnownOptions('compile: passes', passes, Object.keys(ALL_PASSES));
}

function text(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
