/** At which numbers of evaluations a scaling study looks. */

/**
 * 0, 1, 2, 4, … up to `maxEvaluations`, that number itself, and any others asked for; increasing, each once.
 *
 * @param extra - further numbers; they may exceed `maxEvaluations`.
 * @throws {RangeError} if a number is not an integer >= 0.
 * @example evaluationPoints(6, [3]); // => [0, 1, 2, 3, 4, 6]
 */
export function evaluationPoints(maxEvaluations: number, extra: readonly number[] = []): number[] {
  const asked = [0, maxEvaluations, ...extra];
  const wrong = asked.find((point) => !Number.isSafeInteger(point) || point < 0);
  if (wrong !== undefined) {
    throw new RangeError(`evaluationPoints: every point must be an integer >= 0; got ${wrong}.`);
  }
  const points = new Set(asked);
  for (let point = 1; point < maxEvaluations; point *= 2) points.add(point);
  return [...points].toSorted((a, b) => a - b);
}
