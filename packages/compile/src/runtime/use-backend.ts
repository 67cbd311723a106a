/** The back ends of TensorFlow.js by name: those that are not there are refused with the way to install them. */
import * as tf from '@tensorflow/tfjs';
import { ProviderError } from '../errors.ts';

/** Eager back ends, fastest first: CUDA, native, WebAssembly, plain JavaScript. */
export type BackendName = 'tensorflow-gpu' | 'tensorflow' | 'wasm' | 'cpu';

type Backend = {
  /** The name under which the package registers itself. */
  readonly registered: string;
  /** What must be loaded first; null for what TensorFlow.js brings. */
  readonly load: (() => Promise<unknown>) | null;
  /** How to have it. */
  readonly remedy: string;
};

const native = (name: string): Backend => ({
  registered: 'tensorflow',
  // A name that is not written out: the package is an optional peer, which need not be there to check types.
  load: () => import(name),
  remedy: `Install it with: npm install --no-save --ignore-scripts=false ${name}@4.22.0 (Node 20 or 22)`,
});

const BACKENDS: Readonly<Record<BackendName, Backend>> = {
  'tensorflow-gpu': native('@tensorflow/tfjs-node-gpu'),
  tensorflow: native('@tensorflow/tfjs-node'),
  wasm: {
    registered: 'wasm',
    load: () => import('@tensorflow/tfjs-backend-wasm'),
    remedy: 'Install @tensorflow/tfjs-backend-wasm again',
  },
  cpu: { registered: 'cpu', load: null, remedy: 'Import @tensorflow/tfjs' },
};

/** The names of the back ends, fastest first. */
export const backendNames = Object.keys(BACKENDS) as readonly BackendName[];

/**
 * Makes a back end of TensorFlow.js the one that computes eagerly from now on; a compiled function needs none.
 *
 * `tensorflow-gpu` and `tensorflow` are optional peers, `@tensorflow/tfjs-node-gpu` and `@tensorflow/tfjs-node`, loaded only here.
 * They register under one name, so that only the first of them that is asked for can be used in a process.
 *
 * @throws {RangeError} if there is no back end of that name.
 * @throws {ProviderError} if it is not installed or does not start, with what to do; the back end in use stays.
 */
export async function useBackend(name: BackendName): Promise<void> {
  const backend = Object.hasOwn(BACKENDS, name) ? BACKENDS[name] : undefined;
  if (backend === undefined) {
    throw new RangeError(`useBackend: the name must be one of ${backendNames.join(', ')}; got '${name}'.`);
  }
  try {
    await backend.load?.();
    if (await tf.setBackend(backend.registered)) return;
  } catch (cause) {
    // A package whose native library is missing throws an error without a code: whatever it is, it is not there.
    throw new ProviderError(
      `useBackend: '${name}' must be usable here; it ${reasonOf(cause)}. ${backend.remedy}.`,
      {
        cause,
      },
    );
  }
  throw new ProviderError(`useBackend: '${name}' must start; it did not. ${backend.remedy}.`);
}

function reasonOf(cause: unknown): string {
  const { code, message = String(cause) } = cause as { readonly code?: string; readonly message?: string };
  return code === 'ERR_MODULE_NOT_FOUND' ? 'is not installed' : `says: ${message.split('\n')[0]}`;
}
