/** The solvers of the comparison, with their defaults but for what the name says. */
import { anderson, broyden, newtonKrylov, picard, type Solver, withFallback } from '@equilibria/core';
import type { State } from './problems.ts';

export const COMPARED: Readonly<Record<string, () => Solver<State>>> = {
  picard: () => picard(),
  'picard, damping 0.5': () => picard({ damping: 0.5 }),
  anderson: () => anderson(),
  'anderson, restarted': () => anderson({ restart: { growth: 10, whenFull: true } }),
  broyden: () => broyden(),
  'newton-krylov': () => newtonKrylov(),
  'anderson, with fallback': () => withFallback(anderson<State>()),
};
