import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Writes `.results/jest.json`, which `npm test` sums, at the end of a whole run of one project. A filtered run writes nothing,
 * so half a project never passes for all of it.
 */
export default class ResultsReporter {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
    this.folder = join(globalConfig.rootDir, '.results');
    this.filtered =
      globalConfig.testPathPatterns.patterns.length > 0 ||
      Boolean(globalConfig.testNamePattern) ||
      globalConfig.onlyChanged ||
      globalConfig.runTestsByPath;
  }

  onRunStart() {
    if (!this.filtered) rmSync(join(this.folder, 'jest.json'), { force: true });
  }

  onRunComplete(_contexts, results) {
    if (this.filtered || results.wasInterrupted) return;
    const failures = results.testResults.flatMap((suite) =>
      suite.testExecError
        ? [`${relative(this.rootDir, suite.testFilePath)}: the file could not be run`]
        : suite.testResults.filter((test) => test.status === 'failed').map((test) => test.fullName),
    );
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } =
      results;
    const skipped = numPendingTests + numTodoTests;
    const summary = {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped,
      failures,
    };
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'jest.json'), `${JSON.stringify(summary, null, 2)}\n`);
  }
}
