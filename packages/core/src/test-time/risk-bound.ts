/** How surely a mean loss is small: Hoeffding–Bentkus p-values. */

/**
 * The p-value of the hypothesis that independent losses in `[0, 1]` have a mean above `allowed`, when `n` of them average `mean`: the
 * smaller of Hoeffding's `exp(−n·h(min(mean, allowed), allowed))`, with `h(a, b) = a·ln(a/b) + (1 − a)·ln((1 − a)/(1 − b))`, and Bentkus's
 * `e·P(Binomial(n, allowed) ≤ ⌈n·mean⌉)`. It is valid for every `n` and every distribution.
 *
 * @param at.allowed - in (0, 1).
 * @see Bates et al., Distribution-Free, Risk-Controlling Prediction Sets (2021), arXiv 2101.02703 (the Hoeffding–Bentkus bound).
 */
export function lossPValue(mean: number, at: { readonly n: number; readonly allowed: number }): number {
  const { n, allowed } = at;
  const hoeffding = Math.exp(-n * divergence(Math.min(mean, allowed), allowed));
  // A hair less, so that rounding makes no whole loss of nothing.
  const bentkus = Math.E * binomialAtMost(Math.ceil(n * mean - 1e-9), n, allowed);
  return Math.min(hoeffding, bentkus, 1);
}

/** The fewest losses, all 0, that show an allowance at a level: `(1 − allowed)^n ≤ level`. */
export function samplesNeeded(allowed: number, level: number): number {
  return Math.ceil(Math.log(level) / Math.log1p(-allowed) - 1e-9);
}

/** The Kullback–Leibler divergence of two coins. */
function divergence(a: number, b: number): number {
  const heads = a === 0 ? 0 : a * Math.log(a / b);
  const tails = a === 1 ? 0 : (1 - a) * Math.log((1 - a) / (1 - b));
  return heads + tails;
}

/** `P(Binomial(n, p) ≤ k)`, summed from logarithms, so that no term underflows before its time. */
function binomialAtMost(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= Math.min(k, n); i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return sum;
}
