/** What answers programs and is timed. */
import type { LabelledProgram, Minimization } from '@equilibria/lp-solver';

/** Answers programs; it owns its sessions: `dispose` it. */
export interface Answerer {
  /** A name of the evaluation's. */
  readonly name: string;
  /** Iterations of networks, evaluations of operators; null of solvers, which stop by themselves. */
  readonly evaluations: number | null;
  /** Whether its parameters are those of a shipped checkpoint: the errors of fresh ones say nothing. */
  readonly isTrained: boolean;
  /** Whether several programs at once go faster than one after the other. */
  readonly isBatched: boolean;
  /** From programs in memory to points in memory, in the order of the programs; NaN where there is none. */
  answer(programs: readonly Minimization[]): Promise<readonly Float64Array[]>;
  dispose(): Promise<void>;
}

/** The mean of `‖x̂ − x‖/(‖x‖ + 1)`. */
export function meanError(
  answers: readonly Float64Array[],
  programs: readonly Pick<LabelledProgram, 'x'>[],
): number {
  const errors = programs.map(({ x }, p) => {
    const error = Math.hypot(...x.map((value, j) => value - answers[p]![j]!));
    return error / (Math.hypot(...x) + 1);
  });
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}
