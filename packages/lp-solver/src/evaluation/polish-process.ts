/** The process that polishes one answer; started by `polishInProcess`. */

import { polish } from '../baselines/polish.ts';
import { dieWithParent } from './die-with-parent.ts';
import type { PolishInput, PolishMessage } from './polish-in-process.ts';

/** HiGHS keeps to its time limit but for what it cannot interrupt: after so many limits and this time, something is wrong. */
const MOST_LIMITS = 6;
const OVERTIME_MS = 60_000;

process.once('disconnect', () => process.exit());
process.once('message', (input) => {
  void run(input as PolishInput);
});

async function run({ lp, pair, options, parent }: PolishInput): Promise<void> {
  dieWithParent(parent, MOST_LIMITS * (options.timeLimitMs ?? Infinity) + OVERTIME_MS);
  const send = (message: PolishMessage): void => void process.send?.(message);
  try {
    send({ polished: await polish(lp, pair, options) });
  } catch (error) {
    send({ failure: error instanceof Error ? error.message : String(error) });
  }
}
