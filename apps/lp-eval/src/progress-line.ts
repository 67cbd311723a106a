/** A line that is rewritten while a solve takes long. */

import type { Progress } from '@equilibria/lp-solver';

/** Time after which a solve is long, and between two writings of its line. */
const PATIENCE_MS = 1000;
const INTERVAL_MS = 250;

/** What is written to: standard error. */
export type Terminal = { write(text: string): unknown };

/** A line that is shown; `end` takes it away. */
export type ProgressLine = { readonly onProgress: (progress: Progress) => void; end(): void };

/** Shows the method and the time, and evaluations and residual as far as the method tells them. */
export function showProgress(method: string, terminal: Terminal): ProgressLine {
  const start = performance.now();
  let last: Partial<Progress> = {};
  let isShown = false;
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - start;
    if (elapsedMs < PATIENCE_MS) return;
    isShown = true;
    terminal.write(`\r\u001B[K${progressText(method, last, elapsedMs / 1000)}`);
  }, INTERVAL_MS);
  return {
    onProgress: (progress) => (last = progress),
    end: () => {
      clearInterval(timer);
      if (isShown) terminal.write('\r\u001B[K');
    },
  };
}

/** The text of the line; `seconds` since the start. */
export function progressText(
  method: string,
  { evaluations, residual }: Partial<Progress>,
  seconds: number,
): string {
  return [
    method,
    ...(evaluations === undefined ? [] : [`${evaluations} evaluations`]),
    ...(residual === undefined ? [] : [`residual ${residual.toExponential(1)}`]),
    `${seconds.toFixed(1)} s`,
  ].join('   ');
}
