/** Every solver, listed once, with what it promises: the laws of solvers run over this list. */
import type { TensorTree } from '@equilibria/compile';
import { anderson } from '../solvers/anderson.ts';
import { broyden } from '../solvers/broyden.ts';
import type { Solver } from '../solvers/contract.ts';
import { newtonKrylov } from '../solvers/newton-krylov.ts';
import { picard } from '../solvers/picard.ts';
import { restartedHalpern } from '../solvers/restarted-halpern.ts';
import type { Verdict } from '../solvers/verdict.ts';
import { withFallback } from '../solvers/with-fallback.ts';

/** A solver and its promises. */
export type ListedSolver = {
  readonly name: string;
  readonly solver: <Z extends TensorTree>() => Solver<Z>;
  /** The factor per step on a contraction by `mu`; left out by solvers whose residual may grow on the way. */
  readonly rate?: (mu: number) => number;
  /** Steps that bring the residual to a thousandth on an affine contraction by `mu` of three dimensions. */
  readonly steps: (mu: number) => number;
  /** The verdict on `z ← −z` and on `z ← 3z + 1`, which have a fixed point that attracts no Picard iteration. */
  readonly alternation: Verdict;
  readonly expansion: Verdict;
};

/** Steps to a thousandth at a rate. */
const at = (rate: number): number => Math.ceil(Math.log(1e-3) / Math.log(rate));
const solves = { alternation: 'converged', expansion: 'converged' } as const;
const plain = (mu: number): number => mu;
const half = (mu: number): number => 0.5 + 0.5 * mu;

/** The rates are per step; every solver is listed in the forms that differ in their code. */
export const SOLVERS: readonly ListedSolver[] = [
  {
    name: 'picard',
    solver: () => picard(),
    rate: plain,
    steps: at,
    alternation: 'cycling',
    expansion: 'diverged',
  },
  {
    name: 'damped picard',
    solver: () => picard({ damping: 0.5 }),
    rate: half,
    steps: (mu) => at(half(mu)),
    alternation: 'converged',
    expansion: 'diverged',
  },
  // Toth & Kelley, Convergence analysis for Anderson acceleration, SIAM J. Numer. Anal. 53 (2015): no worse than Picard.
  { name: 'anderson', solver: () => anderson(), rate: plain, steps: at, ...solves },
  {
    name: 'anderson with one difference',
    solver: () => anderson({ memory: 1 }),
    rate: plain,
    steps: at,
    ...solves,
  },
  {
    name: 'damped anderson',
    solver: () => anderson({ memory: 2, damping: 0.25 }),
    rate: (mu) => 0.75 + 0.25 * mu,
    steps: (mu) => at(0.75 + 0.25 * mu),
    ...solves,
  },
  {
    name: 'anderson with restarts',
    solver: () => anderson({ memory: 2, restart: { growth: 4, whenFull: true } }),
    rate: plain,
    steps: at,
    ...solves,
  },
  // Gay (1979): 2n steps; one more where rounding costs one.
  { name: 'broyden', solver: () => broyden(), steps: () => 7, ...solves },
  {
    name: 'broyden with little memory',
    solver: () => broyden({ memory: 2 }),
    steps: (mu) => 12 + at(mu),
    ...solves,
  },
  { name: 'damped broyden', solver: () => broyden({ damping: 0.5 }), steps: () => 7, ...solves },
  // Each step minimises the residual over a space that holds the result of as many Picard steps.
  {
    name: 'newton-krylov',
    solver: () => newtonKrylov({ krylovSteps: 2, trials: 2 }),
    rate: (mu) => mu ** 2,
    steps: (mu) => at(mu ** 2),
    ...solves,
  },
  {
    name: 'anderson with fallback',
    solver: () => withFallback(anderson()),
    rate: plain,
    steps: at,
    ...solves,
  },
  {
    name: 'broyden with fallback',
    solver: () => withFallback(broyden(), { patience: 5 }),
    steps: (mu) => 7 + at(half(mu)),
    ...solves,
  },
  {
    name: 'picard with fallback',
    solver: () => withFallback(picard(), { patience: 5 }),
    rate: half,
    steps: (mu) => at(half(mu)),
    alternation: 'converged',
    expansion: 'diverged',
  },
  {
    name: 'restarted halpern',
    solver: <Z extends TensorTree>() =>
      restartedHalpern<Z, Record<string, never>>(
        { initial: () => ({}), retune: (control) => control },
        { isReflected: false, epoch: 8 },
      ) as unknown as Solver<Z>,
    steps: at,
    alternation: 'converged',
    expansion: 'diverged',
  },
];
