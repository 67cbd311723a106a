/** How much memory a process takes while it does something. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Tells the kernel to forget the peak, so that what it says next is that of what comes next. */
const FORGET_PEAK = '5';

/**
 * The peak of resident memory while `work` runs, over what the process had resident before: what is loaded, compiled and collected.
 *
 * @returns bytes.
 * @throws {Error} where the system is not Linux, or does not let a process reset its peak.
 */
export async function peakIncrement(work: () => Promise<unknown>): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  try {
    writeFileSync('/proc/self/clear_refs', FORGET_PEAK);
  } catch (cause) {
    throw new Error(
      'peakIncrement: the system must let a process reset its peak (Linux, /proc/self/clear_refs).',
      {
        cause,
      },
    );
  }
  const before = residentBytes('VmRSS');
  await work();
  return Math.max(0, residentBytes('VmHWM') - before);
}

/** A line of the process's own status. */
function residentBytes(name: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]) * 1024;
}
