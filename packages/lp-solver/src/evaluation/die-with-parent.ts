/** Ends a process that nobody waits for any more, whatever its main thread is doing. */

import { Worker } from 'node:worker_threads';

/** Time between two looks. */
const INTERVAL_MS = 500;

/** Plain JavaScript, so that the thread needs no loader and starts at once. A main thread that never rests cannot stop it. */
const WATCH = `
const { workerData: { parent, deadlineMs, intervalMs } } = require('node:worker_threads');
const start = performance.now();
setInterval(() => {
  const isLate = deadlineMs !== null && performance.now() - start > deadlineMs;
  if (process.ppid !== parent || isLate) process.kill(process.pid, 'SIGKILL');
}, intervalMs);
`;

/**
 * Kills this process within a second when its parent is gone or the deadline has passed: a thread of its own looks. A parent that
 * is killed has no chance to end its children, and a method in a native call or an endless loop hears no event.
 *
 * @param parent - the parent's process id.
 * @param deadlineMs - from now; `Infinity` for none.
 */
export function dieWithParent(parent: number, deadlineMs: number): void {
  const watch = new Worker(WATCH, {
    eval: true,
    execArgv: [],
    workerData: {
      parent,
      deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs : null,
      intervalMs: INTERVAL_MS,
    },
  });
  // It must not keep a process that has done its work.
  watch.unref();
}
