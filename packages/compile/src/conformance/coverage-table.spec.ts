import { readFile } from 'node:fs/promises';
import { coverageTable } from './coverage-table.ts';

/** Prettier lines tables up; their words are what counts. */
const words = (text: string): string => text.replaceAll(/[\s|:-]+/g, ' ').trim();

describe('the README', () => {
  it('says what is covered as the lists have it: npx tsx tools/src/write-coverage.ts writes it', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [, between] = /<!-- coverage -->([\s\S]*)<!-- end of coverage -->/.exec(readme) ?? [];
    expect(words(between ?? '')).toBe(words(coverageTable()));
  });
});
