import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PublicInstance } from '@equilibria/lp-solver';
import { instancesCommand } from './instances.ts';
import { sha256Of } from './file-digest.ts';
import type { OutcomeTable } from './outcome-table.ts';

const TIMEOUT_MS = 60_000;

const data = mkdtempSync(join(tmpdir(), 'lp-eval-'));
mkdirSync(join(data, 'lp', 'own'), { recursive: true });

function instance(file: string, expected: Pick<PublicInstance, 'status' | 'objective'>): PublicInstance {
  const path = join(data, 'lp', 'own', file);
  copyFileSync(fileURLToPath(new URL(`fixtures/${file}`, import.meta.url)), path);
  return { set: 'own', file, sha256: sha256Of(path), relaxation: false, ...expected };
}

const diet = instance('diet.lp', { status: 'optimal', objective: 27 / 13 });
const overcommitted = instance('overcommitted.mps', { status: 'infeasible', objective: null });
const table = [diet, overcommitted];
const out = join(data, 'table.json');
const options = { data, out, methods: ['highs'], tolerance: 1e-6, timeLimit: 60 };

const written = (): OutcomeTable => JSON.parse(readFileSync(out, 'utf8')) as OutcomeTable;
const names = (): string[] => written().rows.map(({ file, method }) => `${file} ${method}`);

describe('instances', () => {
  const log = console.log;
  beforeAll(() => {
    console.log = () => undefined;
  });
  afterAll(() => {
    console.log = log;
  });

  it(
    'goes on where it stopped, and runs again only what is about another file or outcome',
    async () => {
      await instancesCommand({ ...options, instances: ['diet'] }, table);
      expect(names()).toEqual(['diet.lp highs']);
      const [first] = written().rows;
      expect(first).toMatchObject({ correct: true, status: 'optimal', sha256: diet.sha256 });

      await instancesCommand(options, table);
      expect(names()).toEqual(['diet.lp highs', 'overcommitted.mps highs']);
      expect(written().rows[0]).toEqual(first);
      expect(written().runs).toHaveLength(2);

      await instancesCommand(options, table);
      expect(written().runs).toHaveLength(2);

      // Half of the optimum is expected now: the row is not about that.
      await instancesCommand(options, [{ ...diet, objective: 27 / 26 }, overcommitted]);
      expect(names()).toEqual(['overcommitted.mps highs', 'diet.lp highs']);
      expect(written().rows[1]).toMatchObject({ correct: false, expected: { objective: 27 / 26 } });
    },
    TIMEOUT_MS,
  );
  it('refuses a file that is not the one of the table', async () => {
    writeFileSync(join(data, 'lp', 'own', 'diet.lp'), 'Minimize\n x\nSubject To\n c: x >= 1\nEnd\n');
    await expect(instancesCommand(options, table)).rejects.toThrow(
      'must hold 2 files with the checksums of the table; 1 are other files: own/diet.lp.',
    );
  });
});
