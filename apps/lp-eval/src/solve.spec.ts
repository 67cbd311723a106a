import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@equilibria/core';
import { polishableMethods } from '@equilibria/lp-solver';
import { jest } from '@jest/globals';
import { solveCommand, type SolveCommandOptions } from './solve.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
/** Methods and polishing are processes of their own, which take a second to start; on a busy machine several. */
const TIMEOUT_MS = 60_000;

/** What the command prints, and its exit code. */
async function solve(
  name: string,
  options: Partial<SolveCommandOptions>,
): Promise<{ readonly code: number; readonly stdout: string }> {
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const defaults = { method: 'pdhg', tolerance: 1e-6, timeLimit: 600, polish: true };
    const code = await solveCommand(fixture(name), { ...defaults, ...options });
    return { code, stdout: log.mock.calls.flat().join('\n') };
  } finally {
    log.mockRestore();
  }
}

describe('solve --polish', () => {
  it(
    'polishes an answer that is not there yet, and tells both',
    async () => {
      const out = join(mkdtempSync(join(tmpdir(), 'lp-eval-')), 'polished.json');
      const { code, stdout } = await solve('diet.lp', { iterations: 130, json: true, out });
      expect(code).toBe(0);
      const { prediction, polish, ...answer } = JSON.parse(stdout) as {
        prediction: Record<string, unknown>;
        polish: { cold: Record<string, { iterations: number; timeMs: number }> };
        objective: number;
      };
      expect(prediction).toMatchObject({ method: 'pdhg', status: 'iteration-limit', evaluations: 130 });
      expect(answer).toMatchObject({ status: 'optimal', method: 'highs', evaluations: 0, message: null });
      expect(answer.objective).toBeCloseTo(27 / 13, 12);
      expect(polish).toMatchObject({ start: 'predicted', iterations: 0, savedShare: { iterations: 1 } });
      expect(Object.keys(polish.cold)).toEqual(['presolved', 'plain']);
      const written = JSON.parse(readFileSync(out, 'utf8')) as { columns: { value: number }[] };
      expect(written).toMatchObject({ status: 'optimal', prediction: { status: 'iteration-limit' } });
      expect(written.columns[0]!.value).toBeCloseTo(90 / 13, 12);
    },
    TIMEOUT_MS,
  );
  it(
    'solves without a prediction where the method made none, and says so',
    async () => {
      const { code, stdout } = await solve('diet.lp', { iterations: 10 });
      expect(code).toBe(0);
      expect(stdout).toMatch(/^status +iteration-limit$/m);
      expect(stdout).toMatch(/^polished +optimal$/m);
      expect(stdout).toMatch(/^simplex from +no basis: the prediction was of no use$/m);
      expect(stdout).toMatch(/^alone +2 iterations, .* ms, with presolve$/m);
      expect(stdout).toMatch(/^saved +0 % of the iterations/m);
      expect(stdout).toMatch(/^values +oats = 6\.9230769\d*$/m);
    },
    TIMEOUT_MS,
  );
  it(
    'has nothing to do where a certificate is the answer',
    async () => {
      const told = await solve('overcommitted.mps', { json: true });
      expect(told.code).toBe(0);
      expect(JSON.parse(told.stdout)).toMatchObject({
        status: 'infeasible',
        prediction: { status: 'infeasible' },
        polish: null,
      });
      const { stdout } = await solve('overcommitted.mps', {});
      expect(stdout).toMatch(/^polished +nothing: the certificate above is the answer$/m);
    },
    TIMEOUT_MS,
  );
  it('refuses methods that end at a vertex, before it reads the file', async () => {
    for (const method of ['highs', 'highs-ipm', 'javascript-lp-solver']) {
      await expect(solve('nowhere.lp', { method })).rejects.toThrow(
        new DataError(
          `--polish: it needs a method that ends near a vertex, not at one: ${polishableMethods.join(', ')}; got ${method}.`,
        ),
      );
    }
  });
});
