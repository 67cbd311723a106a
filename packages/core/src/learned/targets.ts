/** Two families of maps of growing Lipschitz constant, to be learned. */
import type { ScalarTarget } from '../theory/scalar-target.ts';
import { twoPoleTarget } from '../theory/two-pole.ts';

/** `sin(ax)` on [0, 1]: steep everywhere, and bounded. */
export function sineTarget(a: number): ScalarTarget {
  return {
    name: `sin(${a}x) on [0, 1]`,
    F: (x) => Math.sin(a * x),
    pieces: [{ low: 0, high: 1 }],
    lipschitz: a,
    spread: 'uniform',
  };
}

/** By name, each family from its tamest member to its steepest. */
export const LEARNED_TARGETS: Readonly<Record<string, ScalarTarget>> = {
  'two-pole-0.1': twoPoleTarget(0.1),
  'two-pole-0.03': twoPoleTarget(0.03),
  'two-pole-0.01': twoPoleTarget(0.01),
  'two-pole-0.003': twoPoleTarget(0.003),
  'sine-8': sineTarget(8),
  'sine-32': sineTarget(32),
  'sine-128': sineTarget(128),
};

/** `x` moved and scaled so that the target's inputs fill [−1, 1]: what the networks see. */
export function normalised({ pieces }: ScalarTarget, x: number): number {
  const low = Math.min(...pieces.map((piece) => piece.low));
  const high = Math.max(...pieces.map((piece) => piece.high));
  return (2 * (x - low)) / (high - low) - 1;
}
