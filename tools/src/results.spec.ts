import { lastLine, oneOutcome, readOutcome } from './results.ts';

const summary = (passed: number, failed: number, failures: readonly string[] = []) =>
  JSON.stringify({ passed, failed, skipped: 0, failures });

describe('readOutcome', () => {
  it('takes the counts of a project', () => {
    expect(readOutcome('core', summary(3, 1, ['solve converges']), true)).toEqual({
      name: 'core',
      passed: 3,
      failed: 1,
      skipped: 0,
      failures: ['solve converges'],
    });
  });

  it('counts missing results as one failure if the project has tests', () => {
    expect(readOutcome('core', undefined, true)).toMatchObject({ passed: 0, failed: 1 });
    expect(readOutcome('core', undefined, false)).toMatchObject({ passed: 0, failed: 0 });
  });

  it('counts results that hold no test as one failure if the project has tests', () => {
    expect(readOutcome('core', summary(0, 0), true)).toMatchObject({ passed: 0, failed: 1 });
  });

  it.each(['', '{', 'null', '[]', '{"passed":-1,"failed":0,"skipped":0,"failures":[]}', '{"passed":1}'])(
    'counts results that read %p as one failure',
    (text) => {
      expect(readOutcome('core', text, true)).toMatchObject({ passed: 0, failed: 1 });
    },
  );
});

describe('lastLine', () => {
  it('adds up checks and tests', () => {
    const outcomes = [
      oneOutcome('lint', true, ''),
      oneOutcome('types', false, 'exit code 1'),
      readOutcome('core', summary(40, 2), true),
    ];
    expect(lastLine(outcomes)).toBe('41 passed, 3 failed');
  });

  it('of nothing is zero', () => {
    expect(lastLine([])).toBe('0 passed, 0 failed');
  });
});
