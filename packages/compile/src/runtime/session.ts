/** Sessions of ONNX Runtime. */
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { ProviderError, UnsupportedOpError } from '../errors.ts';

const CUDA =
  "Install CUDA's library with: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install";

export type SessionOptions = {
  /** Threads of one operator. */
  readonly threads: number;
  /** Execution providers in order of preference. */
  readonly providers: readonly string[];
};

/**
 * @throws {RangeError} if `threads` is not an integer >= 1.
 * @throws {ProviderError} if an execution provider is not there: none is replaced by another in silence.
 * @throws {UnsupportedOpError} if ONNX Runtime refuses the graph.
 */
export async function createSession(
  model: Uint8Array,
  { threads, providers }: SessionOptions,
): Promise<InferenceSession> {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`compile: threads must be an integer >= 1; got ${threads}.`);
  }
  assertKnown(providers);
  refuseTelemetry();
  try {
    return await InferenceSession.create(model, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      executionProviders: [...providers],
      // What goes wrong is thrown; a library does not print it too. (A missing library of a provider is printed all the same.)
      logSeverityLevel: 4,
    });
  } catch (cause) {
    throw await explained(cause, model, providers);
  }
}

function assertKnown(providers: readonly string[]): void {
  const known = listSupportedBackends().map(({ name }) => name);
  const unknown = providers.find((provider) => !known.includes(provider));
  if (unknown === undefined && providers.length > 0) return;
  throw new ProviderError(
    `compile: every provider must be one that ONNX Runtime has here (${known.join(', ')}); ` +
      `got ${unknown === undefined ? 'none' : `'${unknown}'`}.`,
  );
}

/** A graph that the CPU takes fails because of the provider, else because of itself. */
async function explained(cause: unknown, model: Uint8Array, providers: readonly string[]): Promise<Error> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isForCpu = providers.length === 1 && providers[0] === 'cpu';
  if (!isForCpu && (await runsOnCpu(model))) {
    return new ProviderError(
      `compile: the providers must be usable here; got ${providers.join(', ')}, of which ONNX Runtime says: ${reason} ` +
        `${providers.includes('cuda') ? CUDA : 'Install what is missing'}, or leave out 'providers' to compute on the CPU.`,
      { cause },
    );
  }
  return new UnsupportedOpError(
    'graph',
    `compile: ONNX Runtime must be able to run the graph; it says: ${reason} ${
      reason.includes('NOT_IMPLEMENTED')
        ? 'Cast to float32, or use another provider.'
        : 'A shape or a type is wrong somewhere in the function: run it eagerly to see where.'
    }`,
    { cause },
  );
}

async function runsOnCpu(model: Uint8Array): Promise<boolean> {
  try {
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      logSeverityLevel: 4,
    });
    await session.release();
    return true;
  } catch {
    return false;
  }
}

/**
 * ONNX Runtime keeps a device id and a database of its uses in the home folder unless told not to before its first session. A
 * setting of the user's own stays.
 */
function refuseTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}
