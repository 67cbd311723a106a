/** The process that runs one method on one program; started by `runInProcess`. */

import { dieWithParent } from './die-with-parent.ts';
import { loadMethod } from './methods.ts';
import type { Progress } from '../problem.ts';
import type { ProcessInput, ProcessMessage } from './run-in-process.ts';

/** Long after the parent should have ended this process: something is wrong with it. */
const OVERTIME_MS = 60_000;

const send = (message: ProcessMessage): void => void process.send?.(message);

process.once('disconnect', () => process.exit());
process.once('message', (input) => {
  void run(input as ProcessInput);
});

async function run({ lp, method: name, options, parent }: ProcessInput): Promise<void> {
  const method = await loadMethod(name);
  dieWithParent(parent, 2 * options.timeLimitMs + OVERTIME_MS);
  send({ type: 'ready' });
  const start = performance.now();
  const onProgress = (progress: Progress): void => send({ type: 'progress', progress });
  try {
    const claim = await method.solve(lp, { ...options, onProgress });
    send({ type: 'claim', claim, wallTimeMs: performance.now() - start });
  } catch (error) {
    const message = `${name} threw: ${error instanceof Error ? error.message : String(error)}`;
    const claim = { claim: 'failed', evaluations: null, message } as const;
    send({ type: 'claim', claim, wallTimeMs: performance.now() - start });
  }
}
