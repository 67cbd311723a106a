import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markdownOf, type OutcomeRow, readTable } from './outcome-table.ts';

const file = join(mkdtempSync(join(tmpdir(), 'lp-eval-')), 'table.json');
const settings = { tolerance: 1e-4, objectiveTolerance: 1e-3, timeLimitMs: 60_000 };

const row: OutcomeRow = {
  set: 'netlib',
  file: 'afiro.mps.gz',
  method: 'highs',
  sha256: '7bf2faf46c75b9feae51b65354d1b86914b4733a2e71e26c1efe9c817df1554e',
  expected: { status: 'optimal', objective: -464.753142857 },
  correct: true,
  objectiveError: 2e-12,
  status: 'optimal',
  objective: -464.753142857,
  primalResidual: 0,
  dualResidual: 0,
  gap: 0,
  evaluations: 6,
  wallTimeMs: 40,
  relaxation: false,
};

describe('readTable', () => {
  it('begins an empty table, and goes on with one of the same settings', () => {
    const table = readTable(file, settings);
    expect(table.rows).toEqual([]);
    writeFileSync(file, JSON.stringify({ ...table, rows: [row] }));
    expect(readTable(file, settings).rows).toEqual([row]);
  });
  it('refuses a table of other settings and a file of something else', () => {
    for (const other of [{ tolerance: 1e-6 }, { objectiveTolerance: 1e-6 }, { timeLimitMs: 1 }]) {
      expect(() => readTable(file, { ...settings, ...other })).toThrow(
        'got relative errors at most 0.0001, objective correct to 0.001, time limit 60 s. Give another --out.',
      );
    }
    writeFileSync(file, '{"schema": "other"}');
    expect(() => readTable(file, settings)).toThrow(
      'it must be a table of equilibria.lp-outcomes/2; got schema',
    );
    writeFileSync(file, 'half a tab');
    expect(() => readTable(file, settings)).toThrow('got no JSON. Give another --out.');
  });
  it('refuses a table whose rows or runs are not of the schema, and names the place', () => {
    const table = { schema: 'equilibria.lp-outcomes/2', settings, runs: [], rows: [row] };
    const read = (changed: Record<string, unknown>) => {
      writeFileSync(file, JSON.stringify({ ...table, ...changed }));
      return readTable(file, settings);
    };
    expect(read({})).toEqual(table);
    expect(() => read({ rows: [row, {}] })).toThrow('got rows.1.set: ');
    expect(() => read({ rows: [{ ...row, gap: 'small' }] })).toThrow('got rows.0.gap: ');
    expect(() => read({ rows: [{ ...row, extra: 1 }] })).toThrow('got rows.0: ');
    expect(() => read({ runs: [{ seed: 0 }] })).toThrow('got runs.0.config: ');
    expect(() => read({ schema: 'equilibria.lp-outcomes/1' })).toThrow('got schema: ');
  });
});

describe('markdownOf', () => {
  it('leaves evaluations open that nobody counted', () => {
    const uncounted = { ...row, method: 'javascript-lp-solver', evaluations: null };
    const text = markdownOf({ schema: 'equilibria.lp-outcomes/2', settings, runs: [], rows: [uncounted] });
    expect(text).toContain('| optimal, 2e-12, –, 0.04 s |');
  });
  it('counts what is correct, and sets apart what is not', () => {
    const missed = {
      ...row,
      method: 'pdhg',
      correct: false,
      status: 'time-limit',
      objectiveError: null,
    } as const;
    const run = {
      seed: 0,
      config: {},
      commit: 'abc',
      versions: { node: '20.0.0' },
      backend: 'cpu',
      dtype: 'float64',
      machine: { cpu: 'Abacus', cores: 2, memoryBytes: 1, platform: 'linux' },
      wallTimeMs: 1,
    };
    const text = markdownOf({
      schema: 'equilibria.lp-outcomes/2',
      settings,
      runs: [run, { ...run, wallTimeMs: 2 }],
      rows: [row, missed],
    });
    expect(text).toContain('relative errors at most 0.0001, objective correct to 0.001, time limit 60 s');
    // Both runs were of one commit on one machine.
    expect(text.split('Abacus, 2 cores, Node 20.0.0, commit abc')).toHaveLength(2);
    expect(text).toContain('| highs | 1 of 1 | 1 of 1 LPs | 0.0 s |');
    expect(text).toContain('| pdhg | 0 of 1 | 0 of 1 LPs | 0.0 s |');
    expect(text).toContain(
      '| netlib/afiro.mps.gz | -464.7531429 | optimal, 2e-12, 6, 0.04 s | **time-limit, 6, 0.04 s** |',
    );
  });
});
