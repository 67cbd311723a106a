/** The shipped learned example, exported, against its closed form and across runtimes. */
import { fileURLToPath } from 'node:url';
import {
  anderson,
  applyPerceptron,
  describeOnnx,
  exportOnnx,
  implicitModel,
  layersLike,
  learnedPaceOperator,
  type Layers,
  loadCheckpoint,
  readModelCard,
  residualBelow,
  spec,
  toTensors,
} from '@equilibria/core';
import { expectClose } from '@equilibria/core/testing';
import * as tf from '@tensorflow/tfjs';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';

const FOLDER = fileURLToPath(
  new URL('../../packages/core/checkpoints/learned/two-pole-0.01/implicit-0', import.meta.url),
);
const BATCH = 64;
const inputs = Float32Array.from({ length: BATCH }, (_, i) => (2 * i) / (BATCH - 1) - 1);

async function inRuntime(ort: typeof node | typeof web, model: Uint8Array) {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [ort === web ? 'wasm' : 'cpu'],
  });
  const { answer, status, evaluations } = await session.run({
    x: new ort.Tensor('float32', inputs, [BATCH, 1]),
  });
  await session.release();
  const numbers = (tensor: { readonly data: unknown } | undefined) =>
    Array.from(tensor!.data as ArrayLike<number>);
  return { answer: numbers(answer), status: numbers(status), evaluations: numbers(evaluations) };
}

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  web.env.wasm.numThreads = 1;
});

describe('the shipped implicit model, exported', () => {
  it('answers alike in onnxruntime-node, in onnxruntime-web and in closed form', async () => {
    const model = implicitModel([7, 7, 7, 7]);
    const { trees } = await loadCheckpoint(FOLDER, { params: layersLike(model.sizes) });
    const card = await readModelCard(FOLDER);
    const onnx = await exportOnnx(
      { operator: learnedPaceOperator(), params: trees.params, x: spec([BATCH, 1]) },
      {
        solver: anderson<tf.Tensor>({ memory: 1 }),
        maxSteps: 40,
        stop: residualBelow<tf.Tensor>({ absolute: 1e-7, relative: 1e-6 }),
        card,
      },
    );
    const [native, wasm] = [await inRuntime(node, onnx), await inRuntime(web, onnx)];
    expect(new Set(native.status)).toEqual(new Set([1]));
    expect(wasm.status).toEqual(native.status);
    expect(wasm.evaluations).toEqual(native.evaluations);
    expectClose(wasm.answer, native.answer, { rtol: 1e-4, atol: 1e-5 });
    const layers = toTensors<Layers>(trees.params);
    const [logit, push] = tf.split(applyPerceptron(layers, tf.tensor2d(inputs, [BATCH, 1])), 2, 1);
    expectClose(native.answer, tf.div(push!, tf.sigmoid(logit!)).dataSync(), { rtol: 1e-3, atol: 1e-5 });
    expect(describeOnnx(onnx).card).toMatchObject({ name: 'two-pole-0.01, implicit, seed 0' });
  });
});
