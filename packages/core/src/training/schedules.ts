/** Learning rates against steps. */
import { assertSteps } from '../solvers/assert-steps.ts';

/** The learning rate of an update, counted from 0. A pure function, so that a resumed run goes on with it. */
export type Schedule = (step: number) => number;

/**
 * One rate for all steps.
 * @throws {RangeError} if `rate` is not positive and finite.
 */
export function constantRate(rate: number): Schedule {
  requirePositive('constantRate', 'rate', rate);
  return () => rate;
}

/** Options of {@link cosineRate}. */
export type CosineOptions = {
  /** Where the rate reaches its end; it stays there. */
  readonly steps: number;
  /** Part of the peak at the end, in [0, 1]; default 0. */
  readonly floor?: number;
};

/**
 * From `peak` down along half a cosine: `peak·(floor + (1 − floor)·(1 + cos(π·step/steps))/2)`.
 *
 * @throws {RangeError} if `peak` is not positive and finite, `steps` no natural number, or `floor` not in [0, 1].
 * @see Loshchilov & Hutter, SGDR (2017), arXiv 1608.03983, equation 5, without restarts.
 */
export function cosineRate(peak: number, { steps, floor = 0 }: CosineOptions): Schedule {
  requirePositive('cosineRate', 'peak', peak);
  assertSteps('cosineRate', 'steps', steps);
  if (!(floor >= 0 && floor <= 1)) {
    throw new RangeError(`cosineRate: floor must be in [0, 1]; got ${floor}.`);
  }
  return (step) => {
    const share = Math.min(step / steps, 1);
    return peak * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * share))) / 2);
  };
}

/**
 * Another schedule with the first rates scaled by `1/steps, 2/steps, …, 1`, because an optimiser's means are made of few gradients
 * at first.
 * @throws {RangeError} if `steps` is no natural number.
 */
export function warmedUp(schedule: Schedule, steps: number): Schedule {
  assertSteps('warmedUp', 'steps', steps);
  return (step) => schedule(step) * Math.min((step + 1) / steps, 1);
}

/**
 * `rate` times `factor` to the number of milestones passed.
 * @param milestones - increasing steps; at each the rate is scaled.
 * @throws {RangeError} if `rate` or `factor` is not positive and finite, or the milestones do not increase.
 */
export function steppedRate(rate: number, milestones: readonly number[], factor = 0.1): Schedule {
  requirePositive('steppedRate', 'rate', rate);
  requirePositive('steppedRate', 'factor', factor);
  if (!milestones.every((at, i) => Number.isFinite(at) && (i === 0 || at > milestones[i - 1]!))) {
    throw new RangeError(`steppedRate: milestones must increase; got [${milestones.join(', ')}].`);
  }
  return (step) => rate * factor ** milestones.filter((at) => step >= at).length;
}

function requirePositive(where: string, name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new RangeError(`${where}: ${name} must be positive and finite; got ${value}.`);
}
