/** Tells numbers that float32 held exactly from numbers it rounded. */
import { TraceError } from '../errors.ts';

/** Fractions with more significant bits than this were most likely rounded by TF.js: 0.1 was, 0.375 was not. */
const MAX_EXACT_BITS = 12;

/**
 * The float64 values of float32 constants, if float32 held them exactly.
 * @throws {TraceError} if one looks rounded.
 */
export function exactConstant(values: ArrayLike<number>): Float64Array {
  const exact = Float64Array.from(values);
  const rounded = exact.find((x) => !isExact(x));
  if (rounded === undefined) return exact;
  throw new TraceError(
    `compile: the constant ${Number(Math.fround(rounded).toPrecision(7))} was rounded to float32 by TF.js, which a ` +
      'float64 function must not use. Write constant(…) for it, or pass it as an input.',
  );
}

/**
 * Small integers, infinities and fractions of few bits are what was written; a full mantissa or a large integer may be a rounded
 * number. What float32 cannot hold at all (1e-50 becomes 0, 1e39 infinity, 1 − 1e-10 becomes 1) leaves no trace.
 */
function isExact(x: number): boolean {
  if (!Number.isFinite(x)) return true;
  if (Number.isInteger(x)) return Math.abs(x) < 2 ** 24;
  const mantissa = x / 2 ** Math.floor(Math.log2(Math.abs(x)));
  return Number.isInteger(mantissa * 2 ** (MAX_EXACT_BITS - 1));
}
