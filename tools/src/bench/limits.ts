/** What this machine can do at most, measured in the same run. */
import { CASES } from './cases.ts';
import type { Peer } from './peer.ts';
import { settle } from './settle.ts';

export type Limits = {
  /** Of a large matrix product, by whichever library is faster. */
  readonly gflops: number;
  readonly by: string;
  /** Read and written by a large copy. */
  readonly gigabytesPerSecond: number;
};

const PRODUCT_FLOPS = 2 * 1024 ** 3;
const COPIED = 64 * 2 ** 20;

export async function measureLimits(peers: readonly Peer[], rounds: number): Promise<Limits> {
  const product = await CASES['large-product']!();
  let [own, other, copy] = [Infinity, Infinity, Infinity];
  const [from, to] = [new Uint8Array(COPIED).fill(1), new Uint8Array(COPIED)];
  for (let round = 0; round < rounds; round++) {
    await settle();
    own = Math.min(own, await timeOf(() => product.run()));
    for (const peer of peers) {
      await settle();
      other = Math.min(other, (await peer.time('large-product', 1)).ms);
    }
    await settle();
    copy = Math.min(copy, await timeOf(() => Promise.resolve(to.set(from))));
  }
  await product.dispose();
  return {
    gflops: PRODUCT_FLOPS / Math.min(own, other) / 1e6,
    by: own <= other ? 'ONNX Runtime' : 'PyTorch',
    gigabytesPerSecond: (2 * COPIED) / copy / 1e6,
  };
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
