/** Writes the table of covered kernels into the README of compile. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { coverageTable } from '@equilibria/compile/conformance';
import { writeFileAtomic } from '@equilibria/core';
import { format } from 'prettier';
import { runProgram } from './program.ts';

const README = fileURLToPath(new URL('../../packages/compile/README.md', import.meta.url));
const [BEGIN, END] = ['<!-- coverage -->', '<!-- end of coverage -->'];

await runProgram(async () => {
  const text = await readFile(README, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${README} must have ${BEGIN} and ${END}`);
  const next = `${before}${BEGIN}\n\n${coverageTable()}\n\n${END}${after}`;
  await writeFileAtomic(README, await format(next, { parser: 'markdown', printWidth: 120 }));
  return 0;
});
