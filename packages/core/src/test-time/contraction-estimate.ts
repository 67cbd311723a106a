/** A contraction factor from the ratios of residuals. */

/** Ratios that must agree. */
const WINDOW = 3;
/** Share of `1 − max` within which they must. */
const AGREEMENT = 0.1;

/**
 * Estimates `μ` from ratios `‖f(f(z)) − f(z)‖/‖f(z) − z‖` seen one after the other, which are the ratios of two residuals in a row
 * of undamped Picard iteration, and lower bounds of `μ` each. The estimate is the largest of the last three, and their spread added to
 * it, so that ratios that still grow are met halfway.
 *
 * @param ratios - dimensionless, oldest first; NaN for one that is not known.
 * @returns null for fewer than three, if one is NaN, if their spread is more than a tenth of `1 − max`, or if the largest is not below
 *   1; not a bound otherwise either.
 */
export function contractionEstimate(ratios: readonly number[]): number | null {
  const last = ratios.slice(-WINDOW);
  if (last.length < WINDOW || last.some((ratio) => !(ratio >= 0))) return null;
  const [largest, smallest] = [Math.max(...last), Math.min(...last)];
  const spread = largest - smallest;
  return largest < 1 && spread <= AGREEMENT * (1 - largest) ? largest + spread : null;
}
