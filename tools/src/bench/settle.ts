/** Silence between the sides of a comparison. */
import { setTimeout } from 'node:timers/promises';

/**
 * Threads of ONNX Runtime and of OpenBLAS go on spinning after their work, and whoever computes next shares the cores with them:
 * measured at once after ours, PyTorch's convolutions took 22 ms, 300 ms later 14, as they do alone.
 */
const SPINNING_MS = 300;

/** Waits until no side's threads are spinning any more. */
export async function settle(): Promise<void> {
  await setTimeout(SPINNING_MS);
}
