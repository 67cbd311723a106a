/** Adds up what the parts of `npm test` found. */

/** Tests of one project, or one check: how many passed and failed, and the names of the failed. */
export type Outcome = {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
};

/** A check that is one thing, passed or failed. */
export function oneOutcome(name: string, ok: boolean, how: string): Outcome {
  return { name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, failures: ok ? [] : [how] };
}

/**
 * Reads the summary that tools/jest-results.mjs wrote for one project.
 *
 * @param text - the file, or `undefined` if there is none: one failure if the project has tests.
 * @param hasTests - whether the project has spec files.
 */
export function readOutcome(name: string, text: string | undefined, hasTests: boolean): Outcome {
  if (text === undefined) {
    return hasTests
      ? oneOutcome(name, false, 'no results: the test run ended before it wrote them')
      : oneNothing(name);
  }
  const parsed = parseSummary(text);
  if (!parsed) return oneOutcome(name, false, `its results cannot be read: ${text.slice(0, 60)}`);
  if (hasTests && parsed.passed + parsed.failed === 0)
    return oneOutcome(name, false, 'has spec files, but ran no test');
  return { name, ...parsed };
}

/** The last line of `npm test`, which other programs read. */
export function lastLine(outcomes: readonly Outcome[]): string {
  const sum = (pick: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  return `${sum((outcome) => outcome.passed)} passed, ${sum((outcome) => outcome.failed)} failed`;
}

function oneNothing(name: string): Outcome {
  return { name, passed: 0, failed: 0, skipped: 0, failures: [] };
}

function parseSummary(text: string): Omit<Outcome, 'name'> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { passed, failed, skipped, failures } = value as Record<string, unknown>;
  if (!isCount(passed) || !isCount(failed) || !isCount(skipped) || !Array.isArray(failures)) return undefined;
  return { passed, failed, skipped, failures: failures.map(String) };
}

function isCount(count: unknown): count is number {
  return Number.isInteger(count) && Number(count) >= 0;
}
