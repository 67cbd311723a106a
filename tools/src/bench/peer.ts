/** PyTorch in processes of its own, one for each setting of its threads, told case by case what to time. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Threads of PyTorch and of the OpenBLAS it uses. */
export type PeerThreads = { readonly torch: number; readonly openblas: number };

/** What a peer measured: milliseconds a unit of work, and the sums of absolute values of the arrays of its result. */
export type PeerTiming = { readonly ms: number; readonly checksums: readonly number[] };

/** A process that times PyTorch. */
export interface Peer {
  readonly threads: PeerThreads;
  readonly version: string;
  /** Null where it is not installed, or the script has no use for it. */
  readonly torchdeq: string | null;
  readonly cases: readonly string[];
  /** A unit of work repeated so often; what it gave is that of the last one. */
  time(name: string, repeats: number): Promise<PeerTiming>;
  stop(): void;
}

type Greeting = { readonly torch: string; readonly torchdeq?: string; readonly cases: readonly string[] };

/**
 * Starts a peer.
 * @param script - a file of `tools/peers`.
 * @param options.python - the interpreter, which must have PyTorch.
 * @returns the peer, or the reason why there is none.
 */
export async function startPeer(
  script: string,
  { python, threads }: { readonly python: string; readonly threads: PeerThreads },
): Promise<Peer | string> {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _size, ...env } = process.env;
  const child = spawn(python, [fileURLToPath(new URL(`../../peers/${script}`, import.meta.url))], {
    env: {
      ...env,
      OPENBLAS_NUM_THREADS: String(threads.openblas),
      PYTHONDONTWRITEBYTECODE: '1',
      EQUILIBRIA_TORCH_THREADS: String(threads.torch),
    },
  });
  const errors: string[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(String(text)));
  const lines = createInterface(child.stdout);
  const first = await nextLine(child, lines);
  if (first === null) return errors.join('').trim().split('\n').at(-1) ?? `${python} did not start`;
  const { torch, torchdeq, cases } = JSON.parse(first) as Greeting;
  return {
    threads,
    version: torch,
    torchdeq: torchdeq ?? null,
    cases,
    time: async (name, repeats) => {
      const answer = nextLine(child, lines);
      child.stdin.write(`${JSON.stringify({ case: name, repeats })}\n`);
      const line = await answer;
      if (line === null)
        throw new Error(`${script}: PyTorch ended in case '${name}': ${errors.join('').trim()}`);
      return JSON.parse(line) as PeerTiming;
    },
    stop: () => void child.kill(),
  };
}

/** Null if the process ends before. */
function nextLine(child: ChildProcessWithoutNullStreams, lines: Interface): Promise<string | null> {
  return new Promise((resolve) => {
    const onLine = (line: string): void => settle(line);
    const onEnd = (): void => settle(null);
    const settle = (line: string | null): void => {
      lines.off('line', onLine);
      child.off('error', onEnd);
      child.off('close', onEnd);
      resolve(line);
    };
    lines.on('line', onLine);
    child.on('error', onEnd);
    child.on('close', onEnd);
  });
}
