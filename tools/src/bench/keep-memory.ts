/** A process whose allocator keeps what was freed. */
import { spawnSync } from 'node:child_process';

/** What glibc is to keep at the top of its heap, and up to which size it is to take memory from there. */
const SETTINGS = { MALLOC_TRIM_THRESHOLD_: String(2 ** 30), MALLOC_MMAP_THRESHOLD_: String(2 ** 25) };

/**
 * glibc gives memory back as soon as a large result is freed, and the next result is handed out again page by page: 2 ms for 4 MB
 * on a virtual machine, more than some graphs take to compute it. The settings are read when a process starts, so this one starts
 * itself again; processes that it starts have them too.
 *
 * @returns the exit code of the run with the settings, or null if this is that run, or the system is not Linux.
 */
export function runKeepingMemory(): number | null {
  const isSet = Object.keys(SETTINGS).every((name) => name in process.env);
  if (process.platform !== 'linux' || isSet) return null;
  const { status, error } = spawnSync(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...SETTINGS, ...process.env },
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}
