/** `npm run test:data -- --data DIR`: every public instance is there, is read, and has the expected outcome. */

import { join } from 'node:path';
import {
  judgeOutcome,
  publicInstances,
  type PublicInstance,
  readLinearProgram,
  solveLinearProgram,
} from '@equilibria/lp-solver';
import { createCommand, EXIT, runProgram } from './arguments.ts';
import { folderOf } from './evaluate.ts';
import { sha256Of } from './file-digest.ts';

/** Relative error allowed in an objective: the table's optima have 12 digits. */
const OBJECTIVE_TOLERANCE = 1e-6;

/** What is wrong with an instance, or nothing. */
async function check(folder: string, instance: PublicInstance): Promise<string | undefined> {
  const path = join(folder, instance.set, instance.file);
  const sha256 = sha256Of(path);
  if (sha256 !== instance.sha256) return `SHA-256 must be ${instance.sha256}; got ${sha256}`;
  const answer = await solveLinearProgram(await readLinearProgram(path), {
    method: 'highs',
    timeLimitMs: 120_000,
  });
  if (answer.relaxation !== instance.relaxation) return `relaxation must be ${instance.relaxation}`;
  if (judgeOutcome(answer, instance, OBJECTIVE_TOLERANCE).correct) return undefined;
  return (
    `expected ${instance.status} ${instance.objective ?? ''}; ` +
    `got ${answer.status} ${answer.objective ?? ''} ${answer.message ?? ''}`
  );
}

const program = createCommand('npm run test:data --')
  .description('Check every public instance against its expected outcome, by HiGHS. A missing file fails.')
  .requiredOption('--data <dir>', 'the data folder, which holds lp/')
  .action(async ({ data }: { data: string }) => {
    const folder = folderOf(data);
    let failed = 0;
    for (const instance of publicInstances) {
      const reason = await check(folder, instance).catch((error: unknown) => String(error));
      if (reason === undefined) continue;
      failed += 1;
      console.error(`FAILED ${instance.set}/${instance.file}: ${reason}`);
    }
    console.log(`${publicInstances.length - failed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? EXIT.ok : EXIT.failed;
  });

await runProgram(program);
