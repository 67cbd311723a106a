/** Polishes in a process of its own: HiGHS holds its thread until it is done, and whoever waits must stay able to end it. */

import type { PolishOptions, Polished } from '../baselines/polish.ts';
import type { PrimalDualPair } from '../baselines/predict-basis.ts';
import type { LinearProgram } from '../problem.ts';
import { endOf, processModule, startProcess } from './run-in-process.ts';
import { verify } from './verify.ts';

/** Functions and runtimes cannot be sent. */
type PortableOptions = Omit<PolishOptions, 'highs' | 'predict'>;

/** What the process is given. */
export type PolishInput = {
  readonly lp: LinearProgram;
  readonly pair: PrimalDualPair | null;
  readonly options: PortableOptions;
  /** The process that waits for the answer. */
  readonly parent: number;
};

/** What it sends back. */
export type PolishMessage = { readonly polished: Polished } | { readonly failure: string };

/**
 * `polish` in a child process, which ends with this one.
 *
 * @returns as `polish`; what it would throw, or a process that crashes, is an answer `failed` here.
 */
export function polishInProcess(
  lp: LinearProgram,
  pair: PrimalDualPair | null,
  options: PortableOptions = {},
): Promise<Polished> {
  const child = startProcess(processModule('polish-process'));
  const kill = (): void => void child.kill('SIGKILL');
  const begin = performance.now();
  process.once('exit', kill);
  return new Promise((resolve) => {
    const end = (polished: Polished): void => {
      process.off('exit', kill);
      kill();
      resolve(polished);
    };
    const fail = (message: string): void => end(failed(lp, message, performance.now() - begin));
    let complaint = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.on('message', (message: PolishMessage) => {
      if ('polished' in message) end(message.polished);
      else fail(message.failure);
    });
    child.on('error', (error) => fail(`the process failed: ${error.message}`));
    child.on('close', (code, signal) => fail(endOf(code, signal, complaint)));
    child.send({ lp, pair, options, parent: process.pid } satisfies PolishInput, (error) => {
      if (error !== null) fail(`the process took no input: ${error.message}`);
    });
  });
}

function failed(lp: LinearProgram, message: string, timeMs: number): Polished {
  const claim = { claim: 'failed', evaluations: null, message } as const;
  return {
    answer: verify(lp, claim, { wallTimeMs: timeMs }),
    start: 'cold',
    effort: { iterations: null, timeMs },
    basisTimeMs: 0,
    cold: null,
  };
}
