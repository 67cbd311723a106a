/** HiGHS as a WebAssembly module. */

import highsModule, { type Highs } from 'highs';

// The package's types describe its CommonJS build, where the loader is a property; its ESM build, the one that
// Node imports, has the loader itself as default export.
const loadHighs = highsModule as unknown as typeof highsModule.default;

/**
 * A fresh HiGHS runtime, its output off.
 *
 * One is made for each use, because a runtime that aborted (its reader does on some malformed files) must
 * not be used again; loading takes about 30 ms.
 *
 * @param onLog - receives what HiGHS prints, line by line, once `output_flag` is set.
 */
export function createHighs(onLog: (line: string) => void = ignore): Promise<Highs> {
  return loadHighs({ print: onLog, printErr: onLog });
}

function ignore(): void {
  // Nobody asked for the output.
}
