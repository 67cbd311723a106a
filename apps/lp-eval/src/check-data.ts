/**
 * `npm run test:data -- --data DIR`: every public instance is there, is read, and has the expected outcome by HiGHS, and one of
 * them by every method.
 */

import { join } from 'node:path';
import {
  judgeOutcome,
  methods,
  publicInstances,
  type PublicInstance,
  readLinearProgram,
  solveLinearProgram,
} from '@equilibria/lp-solver';
import { createCommand, EXIT, runProgram } from './arguments.ts';
import { folderOf } from './instances.ts';
import { sha256Of } from './file-digest.ts';

/** Relative error allowed in an objective: the table's optima have 12 digits. */
const OBJECTIVE_TOLERANCE = 1e-6;

/** The instance that every method solves, and the relative error allowed to a method that is not exact. */
const SHARED_INSTANCE = 'afiro.mps.gz';
const SHARED_TOLERANCE = 1e-5;

/** What is wrong with an instance by a method, or nothing. */
async function check(folder: string, instance: PublicInstance, method: string): Promise<string | undefined> {
  const path = join(folder, instance.set, instance.file);
  const sha256 = sha256Of(path);
  if (sha256 !== instance.sha256) return `SHA-256 must be ${instance.sha256}; got ${sha256}`;
  const answer = await solveLinearProgram(await readLinearProgram(path), {
    method,
    timeLimitMs: 120_000,
  });
  if (answer.relaxation !== instance.relaxation) return `relaxation must be ${instance.relaxation}`;
  const allowed = method === 'highs' ? OBJECTIVE_TOLERANCE : SHARED_TOLERANCE;
  if (judgeOutcome(answer, instance, allowed).correct) return undefined;
  return (
    `expected ${instance.status} ${instance.objective ?? ''}; ` +
    `got ${answer.status} ${answer.objective ?? ''} ${answer.message ?? ''}`
  );
}

const program = createCommand('npm run test:data --')
  .description(
    'Check every public instance against its expected outcome, by HiGHS, and afiro by every method. A missing file fails.',
  )
  .requiredOption('--data <dir>', 'the data folder, which holds lp/')
  .action(async ({ data }: { data: string }) => {
    const folder = folderOf(data);
    const cases = publicInstances.flatMap((instance) =>
      (instance.file === SHARED_INSTANCE ? Object.keys(methods) : ['highs']).map(
        (method) => [instance, method] as const,
      ),
    );
    let failed = 0;
    for (const [instance, method] of cases) {
      const reason = await check(folder, instance, method).catch((error: unknown) => String(error));
      if (reason === undefined) continue;
      failed += 1;
      console.error(`FAILED ${instance.set}/${instance.file} by ${method}: ${reason}`);
    }
    console.log(`${cases.length - failed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? EXIT.ok : EXIT.failed;
  });

await runProgram(program);
