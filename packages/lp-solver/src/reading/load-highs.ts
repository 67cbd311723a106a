/** HiGHS as a WebAssembly module. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import highsModule, { type Highs } from 'highs';

/** Compiled code. */
type WasmModule = { readonly compiled: unique symbol };

/** What Node has, and its types leave to those of browsers. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    compile(bytes: Uint8Array): Promise<WasmModule>;
    readonly Instance: new (module: WasmModule, imports: object) => object;
  };
};

/** What the loader takes: Emscripten's own option besides those that the package's types name. */
type LoaderOptions = {
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
  readonly instantiateWasm: (imports: object, receive: (instance: object) => void) => object;
};

// The package's types describe its CommonJS build, where the loader is a property; its ESM build, the one that
// Node imports, has the loader itself as default export.
const loadHighs = highsModule as unknown as (options: LoaderOptions) => Promise<Highs>;

/**
 * State of the module: compiled code does not change, and to compile it takes three quarters of the time to load HiGHS. What belongs to
 * a runtime, its memory, is new each time.
 */
let compiled: Promise<WasmModule> | undefined;

/**
 * A fresh HiGHS runtime, its output off.
 *
 * One is made for each use, because a runtime that aborted (its reader does on some malformed files) must
 * not be used again; after the first, loading takes about 8 ms.
 *
 * @param onLog - receives what HiGHS prints, line by line, once `output_flag` is set.
 */
export async function createHighs(onLog: (line: string) => void = ignore): Promise<Highs> {
  compiled ??= compileHighs();
  const module = await compiled;
  return loadHighs({
    print: onLog,
    printErr: onLog,
    instantiateWasm: (imports, receive) => {
      receive(new WebAssembly.Instance(module, imports));
      return {};
    },
  });
}

async function compileHighs(): Promise<WasmModule> {
  const { resolve } = createRequire(import.meta.url);
  return WebAssembly.compile(await readFile(resolve('highs/runtime')));
}

function ignore(): void {
  // Nobody asked for the output.
}
