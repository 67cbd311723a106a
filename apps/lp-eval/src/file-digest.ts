/** The SHA-256 of a file. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Lower-case hexadecimal SHA-256 of the file's bytes. */
export function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
