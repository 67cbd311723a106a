/** The files of the repository, without what tools generate. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const GENERATED = new Set(['.git', '.nx', '.results', 'coverage', 'dist', 'node_modules', 'out', 'out-tsc']);

/** Absolute path of the root of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Lists every file under a folder in alphabetical order, leaving out what tools generate (`dist`, `node_modules`, …).
 *
 * @param root - absolute path of the folder.
 * @returns paths relative to `root`, with forward slashes.
 */
export function listFiles(root: string, folder = ''): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return GENERATED.has(entry.name) ? [] : listFiles(root, path);
      return entry.isFile() ? [path] : [];
    });
}
