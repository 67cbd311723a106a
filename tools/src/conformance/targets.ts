/** Where probes run. */
import { availableParallelism } from 'node:os';
import { type BackendName, compile, type HostArray, leaves, useBackend } from '@equilibria/compile';
import type { Tensor } from '@tensorflow/tfjs';
import { listSupportedBackends } from 'onnxruntime-node';
import { eagerly, type Probe, specOf } from './probes.ts';

/** A target that runs. */
export type Running = {
  readonly isTfjs: boolean;
  run(probe: Probe): Promise<readonly HostArray[]>;
  stop(): Promise<void>;
};

/** A target; `start` gives the reason if it is not here. */
export type Target = { readonly name: string; start(): Promise<Running | string> };

type Options = { readonly providers?: readonly string[]; readonly threads?: number };

/** Everything this project knows of. */
export const targets: readonly Target[] = [
  onnxRuntime('ONNX Runtime, cpu, 1 thread', { threads: 1 }),
  onnxRuntime('ONNX Runtime, cpu, all threads', { threads: availableParallelism() }),
  ...['webgpu', 'cuda', 'coreml', 'dml'].map((provider) =>
    onnxRuntime(`ONNX Runtime, ${provider}`, { providers: [provider] }),
  ),
  { name: 'ONNX Runtime Web, wasm', start: startWeb },
  ...(['cpu', 'wasm', 'tensorflow', 'tensorflow-gpu'] as const).map(tensorFlow),
];

function onnxRuntime(name: string, options: Options): Target {
  const run = async ({ fn, inputs }: Probe): Promise<readonly HostArray[]> => {
    const compiled = await compileProbe(fn, inputs, options);
    try {
      return leaves<HostArray>(await compiled.runArrays(...inputs));
    } finally {
      await compiled.dispose();
    }
  };
  const start = async (): Promise<Running | string> => {
    const [provider = 'cpu'] = options.providers ?? [];
    const known = listSupportedBackends().map((backend) => backend.name);
    if (!known.includes(provider)) return 'not in the binary of this platform';
    try {
      const trial = await compileProbe((x) => x, [{ data: Float32Array.of(1), shape: [1] }], options);
      await trial.dispose();
    } catch (error) {
      return firstSentence(error);
    }
    return { isTfjs: false, run, stop: async () => undefined };
  };
  return { name, start };
}

async function startWeb(): Promise<Running> {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  const run = async ({ fn, inputs }: Probe): Promise<readonly HostArray[]> => {
    const compiled = await compileProbe(fn, inputs, {});
    await compiled.dispose();
    const session = await ort.InferenceSession.create(compiled.model, { executionProviders: ['wasm'] });
    const feeds = Object.fromEntries(
      compiled.inputs.map(({ name, spec }, i) => {
        const { data, shape } = inputs[i]!;
        return [name, new ort.Tensor(spec.dtype, data as never, [...shape])];
      }),
    );
    const results = await session.run(feeds);
    await session.release();
    return compiled.outputs.map(({ name }) => {
      const { data, dims } = results[name]!;
      return { data: data as HostArray['data'], shape: [...dims] };
    });
  };
  return { isTfjs: false, run, stop: async () => undefined };
}

function tensorFlow(backend: BackendName): Target {
  const start = async (): Promise<Running | string> => {
    try {
      await useBackend(backend);
    } catch (error) {
      return firstSentence(error);
    }
    return {
      isTfjs: true,
      run: ({ fn, inputs }) => eagerly(fn, inputs),
      stop: () => useBackend('cpu'),
    };
  };
  return { name: `TensorFlow.js, ${backend}`, start };
}

function compileProbe(fn: (...xs: Tensor[]) => unknown, inputs: readonly HostArray[], options: Options) {
  return compile((...xs: unknown[]) => fn(...(xs as Tensor[])) as Tensor, inputs.map(specOf), options);
}

function firstSentence(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  // Where in its sources ONNX Runtime noticed says nothing to a reader.
  return line.replaceAll(/\/onnxruntime_src\/\S+( \S+::\S+)?/g, '').replaceAll(/ {2,}/g, ' ');
}
