/** The vertical axis of a panel: its range, its ticks, and where it shows 0. */
import { formatNumber, formatPower } from './numbers.ts';

/** A linear axis, or a logarithmic one, which may have a level of its own for 0 at its lower end. */
export type YAxis = {
  readonly type: 'log' | 'linear';
  readonly domain: readonly [number, number];
  /** Values of the ticks, or about how many. */
  readonly ticks: readonly number[] | number;
  /** What stands for 0 on a logarithmic axis; null if 0 is not among the values, or the axis is linear. */
  readonly zero: number | null;
};

/** Values further apart than this factor are drawn on a logarithmic axis. */
const LOG_RATIO = 50;

/** Most ticks of a logarithmic axis. */
const MOST_TICKS = 9;

/** Free space beyond the values of a linear axis, as a share of their span. */
const PADDING = 0.05;

/**
 * The axis for given values: logarithmic if they are >= 0 and far apart. It then begins and ends at labelled powers of ten around
 * the positive values; with 0 among them, one step further below. A linear axis holds 0.
 */
export function yAxis(values: readonly number[]): YAxis {
  const positive = values.filter((value) => value > 0);
  const [least, most] = [Math.min(...positive), Math.max(...positive)];
  if (!values.some((value) => value < 0) && most / least > LOG_RATIO) {
    return logarithmic(Math.log10(least), Math.log10(most), values.includes(0));
  }
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  // Nothing but zeros: any span does.
  if (low === high) return { type: 'linear', domain: [0, 1], ticks: [0, 0.5, 1], zero: null };
  const padding = PADDING * (high - low);
  const domain = [low < 0 ? low - padding : 0, high > 0 ? high + padding : 0] as const;
  return { type: 'linear', domain, ticks: 6, zero: null };
}

/** From exponent to exponent, in steps whose multiples are the ticks, so that 1 is among them if it is within. */
function logarithmic(least: number, most: number, hasZero: boolean): YAxis {
  const step = Math.ceil((Math.ceil(most) - Math.floor(least)) / (MOST_TICKS - 1));
  const first = Math.floor(least / step) - (hasZero ? 1 : 0);
  const last = Math.ceil(most / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** ((first + i) * step));
  return { type: 'log', domain: [ticks[0]!, ticks.at(-1)!], ticks, zero: hasZero ? ticks[0]! : null };
}

/** Where a value stands on the axis; null if it has no place there. */
export function placeOn({ type, zero }: YAxis, value: number): number | null {
  if (type === 'linear' || value > 0) return value;
  return value === 0 ? zero : null;
}

/** The label of a tick. */
export function tickLabel({ type, zero }: YAxis, value: number): string {
  if (value === zero) return '0';
  return type === 'log' ? formatPower(value) : formatNumber(value);
}
