/** PyTorch in processes of its own, one for each setting of its threads, told case by case what to time. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Threads of PyTorch and of the OpenBLAS it uses. */
export type PeerThreads = { readonly torch: number; readonly openblas: number };

/** What a peer measured: milliseconds a unit of work, and the sum of absolute values of its result. */
export type PeerTiming = { readonly ms: number; readonly checksum: number };

/** A process that times PyTorch. */
export interface Peer {
  readonly threads: PeerThreads;
  readonly version: string;
  time(name: string, repeats: number): Promise<PeerTiming>;
  stop(): void;
}

const SCRIPT = fileURLToPath(new URL('../../peers/compile_cases.py', import.meta.url));

/**
 * Starts a peer.
 * @param python - the interpreter, which must have PyTorch.
 * @returns the peer, or the reason why there is none.
 */
export async function startPeer(python: string, threads: PeerThreads): Promise<Peer | string> {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _size, ...env } = process.env;
  const child = spawn(python, [SCRIPT], {
    env: {
      ...env,
      OPENBLAS_NUM_THREADS: String(threads.openblas),
      EQUILIBRIA_TORCH_THREADS: String(threads.torch),
    },
  });
  const errors: string[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(String(text)));
  const lines = createInterface(child.stdout);
  const first = await nextLine(child, lines);
  if (first === null) return errors.join('').trim().split('\n').at(-1) ?? `${python} did not start`;
  const { torch } = JSON.parse(first) as { readonly torch: string };
  return {
    threads,
    version: torch,
    time: async (name, repeats) => {
      const answer = nextLine(child, lines);
      child.stdin.write(`${JSON.stringify({ case: name, repeats })}\n`);
      const line = await answer;
      if (line === null)
        throw new Error(`bench:compile: PyTorch ended in case '${name}': ${errors.join('').trim()}`);
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
