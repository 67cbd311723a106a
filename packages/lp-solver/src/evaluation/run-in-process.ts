/** Runs a method in a process of its own, which is killed when its time is over. */

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Claim, MethodOptions, Minimization, Progress } from '../problem.ts';

/** What the process is given. Functions cannot be sent: progress comes back as messages. */
export type ProcessInput = {
  readonly lp: Minimization;
  readonly method: string;
  readonly options: Omit<MethodOptions, 'onProgress'>;
  /** The process that waits for the answer: without it there is nothing to compute for. */
  readonly parent: number;
};

/** What the process sends: that the method is loaded, where it stands, and its claim. */
export type ProcessMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'claim'; readonly claim: Claim; readonly wallTimeMs: number };

/** A claim and the time from the loaded method to the claim, or to its end by force. */
export type TimedClaim = { readonly claim: Claim; readonly wallTimeMs: number };

/** How to run a process. */
export type RunOptions = {
  readonly onProgress?: (progress: Progress) => void;
  /** The process's module; default the one that knows this package's methods. */
  readonly module?: URL;
};

/**
 * A method that keeps to its time limit is given this long to hand over what it has: the longest of half a second, a part of the
 * limit, and some times its longest silence so far, which grows with the program and the load of the machine.
 */
const GRACE = { leastMs: 500, part: 0.05, silences: 3 } as const;
/** A process that has not loaded its method by then has failed. */
const STARTUP_MS = 60_000;
/** Longest delay that a Node timer keeps; a longer limit is none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `input.method` on `input.lp` in a child process.
 *
 * It is killed some grace after `input.options.timeLimitMs` from when its method was loaded, whatever it is doing, and with the
 * parent; the claim is then `time-limit` without a point. The grace is half a second, a twentieth of the limit, or three times
 * the longest silence between two reports of progress, whichever is longest. A process that crashes is a claim `failed`. A thread
 * would not do: terminated inside a native call, it takes the whole program down.
 */
export function runInProcess(
  input: Omit<ProcessInput, 'parent'>,
  options: RunOptions = {},
): Promise<TimedClaim> {
  const { onProgress, module = processModule('method-process') } = options;
  const { timeLimitMs } = input.options;
  const child = startProcess(module);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return new Promise((resolve) => {
    let evaluations: number | null = null;
    let startMs = performance.now();
    let lastMs = startMs;
    let silenceMs = 0;
    let complaint = '';
    const end = (claim: Claim, wallTimeMs = performance.now() - startMs): void => {
      clearTimeout(timer);
      process.off('exit', kill);
      kill();
      resolve({ claim, wallTimeMs });
    };
    const fail = (message: string): void => end({ claim: 'failed', evaluations, message });
    const stop = (): void => end({ claim: 'time-limit', evaluations, message: 'killed at the time limit' });
    const hear = (): void => {
      const now = performance.now();
      silenceMs = Math.max(silenceMs, now - lastMs);
      lastMs = now;
    };
    const giveGrace = (): void => {
      const { leastMs, part, silences } = GRACE;
      timer = after(Math.max(leastMs, part * timeLimitMs, silences * silenceMs), stop);
    };
    let timer = after(STARTUP_MS, () => fail('the process did not start'));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.on('message', (message: ProcessMessage) => {
      if (message.type === 'claim') end(message.claim, message.wallTimeMs);
      else if (message.type === 'progress') {
        hear();
        evaluations = message.progress.evaluations;
        onProgress?.(message.progress);
      } else {
        clearTimeout(timer);
        startMs = lastMs = performance.now();
        timer = after(timeLimitMs, giveGrace);
      }
    });
    child.on('error', (error) => fail(`the process failed: ${error.message}`));
    child.on('close', (code, signal) => fail(endOf(code, signal, complaint)));
    child.send({ ...input, parent: process.pid } satisfies ProcessInput, (error) => {
      if (error !== null) fail(`the process took no input: ${error.message}`);
    });
  });
}

/** A timer; none for a time longer than Node's timers keep. */
function after(timeMs: number, action: () => void): NodeJS.Timeout | undefined {
  return timeMs < MAX_TIMER_MS ? setTimeout(action, timeMs) : undefined;
}

/** Why a process ended that should have sent something first: its exit and the first error in what it said. */
export function endOf(code: number | null, signal: NodeJS.Signals | null, complaint: string): string {
  const reason = /^(?:\w*Error: )?(.*)$/mu.exec(/^\w*Error: .*$/mu.exec(complaint)?.[0] ?? '')?.[1];
  const end = signal === null ? `code ${code}` : signal;
  return `the process ended with ${end} before its method${reason === undefined || reason === '' ? '' : `: ${reason}`}`;
}

/** A module of this folder that is a process. */
export function processModule(name: 'method-process' | 'polish-process'): URL {
  return new URL(`./${name}.${isSource() ? 'ts' : 'js'}`, import.meta.url);
}

function isSource(): boolean {
  return import.meta.url.endsWith('.ts');
}

/** Built code needs nothing; from source, the child needs the TypeScript loader. Standard output is the parent's alone. */
export function startProcess(module: URL): ChildProcess {
  const loader = isSource()
    ? ['--import', import.meta.resolve('tsx'), '--conditions=@equilibria/source']
    : [];
  return fork(fileURLToPath(module), [], {
    execArgv: loader,
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
