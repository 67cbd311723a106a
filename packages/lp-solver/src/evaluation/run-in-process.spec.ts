import { asMinimization } from '../problem/linear-program.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { runInProcess } from './run-in-process.ts';

const lp = asMinimization(shippedLinearPrograms[0]!.lp);
const options = { tolerance: 1e-6, maxEvaluations: Infinity, timeLimitMs: Infinity };

describe('runInProcess', () => {
  it('kills a method that never ends, soon after its time limit, and keeps its last count', async () => {
    const counts: number[] = [];
    const { claim, wallTimeMs } = await runInProcess(
      { lp, method: 'hangs', options: { ...options, timeLimitMs: 100 } },
      {
        module: new URL('./fixtures/hanging-process.mjs', import.meta.url),
        onProgress: ({ evaluations }) => counts.push(evaluations),
      },
    );
    expect(claim).toEqual({ claim: 'time-limit', evaluations: 17, message: 'killed at the time limit' });
    expect(counts).toEqual([17]);
    expect(wallTimeMs).toBeGreaterThanOrEqual(100);
    expect(wallTimeMs).toBeLessThan(10_000);
  });
  it('says failed, with the reason, of a process that crashes or ends silently', async () => {
    const crash = new URL('./fixtures/crashing-process.mjs', import.meta.url);
    const silent = new URL('./fixtures/silent-process.mjs', import.meta.url);
    const input = { lp, method: 'any', options };
    const crashed = await runInProcess(input, { module: crash });
    expect(crashed.claim).toEqual({
      claim: 'failed',
      evaluations: 0,
      message: 'the process ended with code 1 before its method: no method here',
    });
    const ended = await runInProcess(input, { module: silent });
    expect(ended.claim.message).toBe('the process ended with code 0 before its method');
  });
  it('runs a method from source', async () => {
    const { claim } = await runInProcess({ lp, method: 'highs', options });
    expect(claim.claim).toBe('optimal');
    expect(claim.x).toBeInstanceOf(Float64Array);
  });
});
