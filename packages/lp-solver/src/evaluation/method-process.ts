/** The process that runs one method on one program; started by `runInProcess`. */

import { loadMethod } from './methods.ts';
import type { ProcessInput, ProcessMessage } from './run-in-process.ts';

const send = (message: ProcessMessage): void => void process.send?.(message);

process.once('disconnect', () => process.exit());
process.once('message', (input) => {
  void run(input as ProcessInput);
});

async function run({ lp, method: name, options }: ProcessInput): Promise<void> {
  const method = await loadMethod(name);
  send({ type: 'ready' });
  const start = performance.now();
  const onProgress = (progress: { readonly evaluations: number }): void =>
    send({ type: 'progress', progress });
  try {
    const claim = await method.solve(lp, { ...options, onProgress });
    send({ type: 'claim', claim, wallTimeMs: performance.now() - start });
  } catch (error) {
    const message = `${name} threw: ${error instanceof Error ? error.message : String(error)}`;
    const claim = { claim: 'failed', evaluations: 0, message } as const;
    send({ type: 'claim', claim, wallTimeMs: performance.now() - start });
  }
}
