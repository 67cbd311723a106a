import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { asMinimization } from '../problem/linear-program.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { runInProcess } from './run-in-process.ts';

const lp = asMinimization(shippedLinearPrograms[0]!.lp);
const options = { tolerance: 1e-6, maxEvaluations: Infinity, timeLimitMs: Infinity };
const fixture = (name: string): URL => new URL(`./fixtures/${name}-process.mjs`, import.meta.url);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function isGoneWithin(pid: number, timeMs: number): Promise<boolean> {
  const start = performance.now();
  while (isAlive(pid) && performance.now() - start < timeMs) {
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return !isAlive(pid);
}

describe('runInProcess', () => {
  it('kills a method that never ends, soon after its time limit, and keeps its last count', async () => {
    const counts: number[] = [];
    const { claim, wallTimeMs } = await runInProcess(
      { lp, method: 'hangs', options: { ...options, timeLimitMs: 100 } },
      { module: fixture('hanging'), onProgress: ({ evaluations }) => counts.push(evaluations) },
    );
    const [pid] = counts;
    expect(claim).toEqual({ claim: 'time-limit', evaluations: pid, message: 'killed at the time limit' });
    // Timers count whole milliseconds, and may come a part of one early.
    expect(wallTimeMs).toBeGreaterThan(599);
    expect(wallTimeMs).toBeLessThan(10_000);
    expect(await isGoneWithin(pid!, 10_000)).toBe(true);
  }, 30_000);
  it('waits longer for a method that is silent for longer', async () => {
    const { claim } = await runInProcess(
      { lp, method: 'any', options: { ...options, timeLimitMs: 850 } },
      { module: fixture('slow') },
    );
    expect(claim).toEqual({ claim: 'time-limit', evaluations: 2 });
  }, 30_000);
  it('leaves no process behind when it is killed itself', async () => {
    const parent = fork(fileURLToPath(fixture('parent')), [], {
      execArgv: ['--import', import.meta.resolve('tsx'), '--conditions=@equilibria/source'],
    });
    const [pid] = (await once(parent, 'message')) as [number];
    expect(isAlive(pid)).toBe(true);
    // The child is in its endless loop by then, and hears no disconnection.
    await new Promise((resolve) => {
      setTimeout(resolve, 400);
    });
    parent.kill('SIGKILL');
    expect(await isGoneWithin(pid, 10_000)).toBe(true);
  }, 60_000);
  it('says failed, with the reason, of a process that crashes or ends silently', async () => {
    const input = { lp, method: 'any', options };
    const crashed = await runInProcess(input, { module: fixture('crashing') });
    expect(crashed.claim).toEqual({
      claim: 'failed',
      evaluations: null,
      message: 'the process ended with code 1 before its method: no method here',
    });
    const ended = await runInProcess(input, { module: fixture('silent') });
    expect(ended.claim.message).toBe('the process ended with code 0 before its method');
  });
  it('runs a method from source', async () => {
    const { claim } = await runInProcess({ lp, method: 'highs', options });
    expect(claim.claim).toBe('optimal');
    expect(claim.x).toBeInstanceOf(Float64Array);
  });
});
