import { progressText, showProgress } from './progress-line.ts';

describe('progressText', () => {
  it('tells what the method tells', () => {
    expect(progressText('pdhg', { evaluations: 430, residual: 0.0123 }, 2.345)).toBe(
      'pdhg   430 evaluations   residual 1.2e-2   2.3 s',
    );
    expect(progressText('highs', {}, 61)).toBe('highs   61.0 s');
  });
});

describe('showProgress', () => {
  const record = () => {
    const written: string[] = [];
    return { written, terminal: { write: (text: string) => written.push(text) } };
  };
  const wait = (timeMs: number) =>
    new Promise((resolve) => {
      setTimeout(resolve, timeMs);
    });
  it('writes nothing of a short solve', () => {
    const { written, terminal } = record();
    const line = showProgress('pdhg', terminal);
    line.onProgress({ evaluations: 43 });
    line.end();
    expect(written).toEqual([]);
  });
  it('writes the line of a long one, and takes it away', async () => {
    const { written, terminal } = record();
    const line = showProgress('pdhg', terminal);
    line.onProgress({ evaluations: 43 });
    await wait(1600);
    line.end();
    expect(written[0]).toContain('pdhg   43 evaluations   1.');
    expect(written.at(-1)).toBe('\r\u001B[K');
    const count = written.length;
    await wait(400);
    expect(written).toHaveLength(count);
  });
});
