import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { spec } from '@equilibria/compile';
import { modelCardSchema, readModelCard } from '../checkpoints/model-card.ts';
import { anderson } from '../solvers/anderson.ts';
import { residualBelow } from '../solvers/stop-rule.ts';
import { VERDICTS } from '../solvers/verdict.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { exportOnnx, type OnnxOptions, type OnnxSource } from './export-onnx.ts';
import type { Json } from '../checkpoints/strict-json.ts';
import { describeOnnx } from './onnx-metadata.ts';

// What the file computes is tested where the runtimes are: tools/src/exported-model.spec.ts.

type Input = { readonly a: tf.Tensor; readonly b: tf.Tensor };

const source: OnnxSource<{ W: tf.Tensor }, tf.Tensor, Input> = {
  operator: {
    name: 'tanh',
    initialState: ({ a }) => tf.zerosLike(a),
    apply: ({ W }, z, { a, b }) => tf.tanh(tf.add(tf.add(tf.matMul(z, W), a), b)),
  },
  params: { W: { data: Float32Array.of(0.5, 0.1, -0.2, 0.3), shape: [2, 2] } },
  x: { a: spec([3, 2]), b: spec([3, 1]) },
};

const exported = (options: Partial<OnnxOptions<tf.Tensor>> = {}, change: Partial<typeof source> = {}) =>
  exportOnnx({ ...source, ...change }, { maxSteps: 40, ...options });

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('exportOnnx', () => {
  it('names inputs by the paths of x, outputs by what they are, and pins the operators', async () => {
    const model = await exported();
    expect(describeOnnx(model)).toMatchObject({
      producer: 'equilibria',
      opset: 18,
      precision: 'float32',
      inputs: [
        { name: 'x.a', type: 'float', shape: [3, 2] },
        { name: 'x.b', type: 'float', shape: [3, 1] },
      ],
      outputs: [
        { name: 'answer', type: 'float', shape: [3, 2] },
        { name: 'evaluations', type: 'int32', shape: [3] },
        { name: 'residual', type: 'float', shape: [3] },
        { name: 'status', type: 'int32', shape: [3] },
        { name: 'steps', type: 'int32', shape: [3] },
      ],
    });
  });

  it('has the answer that decode gives, of any form', async () => {
    const decode = (_: unknown, z: tf.Tensor, { b }: Input) => ({ mean: tf.mean(z, 1), b: tf.add(b, 1) });
    const names = describeOnnx(await exported({}, { decode })).outputs.map(({ name }) => name);
    expect(names).toEqual(['answer.b', 'answer.mean', 'evaluations', 'residual', 'status', 'steps']);
  });

  it('takes parameters as tensors too, in both precisions', async () => {
    const params = {
      W: tf.tensor2d([
        [0.5, 0.1],
        [-0.2, 0.3],
      ]),
    };
    expect(await exported({}, { params })).toEqual(await exported());
    const double = describeOnnx(await exported({ precision: 'float64' }, { params }));
    expect([double.precision, double.inputs[0]!.type, double.outputs[0]!.type]).toEqual([
      'float64',
      'double',
      'double',
    ]);
    params.W.dispose();
  });

  it('refuses an input whose batch is open', async () => {
    for (const length of [null, -1, undefined, 1.5]) {
      const open = { ...source.x, a: { shape: [length as number, 2], dtype: 'float32' as const } };
      await expect(exported({}, { x: open })).rejects.toThrow(
        `exportOnnx: every length of x must be known, the batch too; got [${String(length)}, 2] at 'x.a'. Export one model for each batch size.`,
      );
    }
  });

  it('refuses a solve that solve would refuse', async () => {
    await expect(exported({ maxSteps: -1 })).rejects.toThrow(
      'solve: maxSteps must be an integer >= 0; got -1.',
    );
  });

  it('leaves nothing behind', async () => {
    await expectNoLeak(async () => {
      await exported();
    });
  });
});

describe('describeOnnx', () => {
  it('gives back the card, and how the model solves', async () => {
    const card = {
      seed: 3,
      metrics: { loss: 0.25, rows: [1, null, true] },
      licence: 'Apache-2.0',
      ü: '</x>',
    };
    const stop = residualBelow({ absolute: 1e-4, relative: 0 });
    const model = await exported({ card, solver: anderson<tf.Tensor>(), checkEvery: 4, stop });
    const { card: got, solve } = describeOnnx(model);
    expect(got).toEqual(card);
    expect(solve).toEqual({
      operator: 'tanh',
      solver: 'anderson',
      maxSteps: 40,
      checkEvery: 4,
      verdicts: VERDICTS,
    });
    expect(describeOnnx(await exported()).card).toEqual({});
  });

  it('gives back the card of a checkpoint, too', async () => {
    const folder = fileURLToPath(new URL('../../checkpoints/learned/sine-128/implicit-0/', import.meta.url));
    const card = await readModelCard(folder);
    expect(modelCardSchema.parse(describeOnnx(await exported({ card })).card)).toEqual(card);
  });

  it.each([
    ['a function', { run: () => 1 }],
    ['a number that is not finite', { loss: NaN }],
    ['undefined', { loss: undefined }],
    ['a date', { day: new Date(0) }],
  ])('is not needed to learn that a card holds %s: it is not written', async (_name, card) => {
    await expect(exported({ card: card as unknown as Record<string, Json> })).rejects.toThrow(
      'exportOnnx: the card must be an object of JSON values; got ',
    );
  });

  it('refuses other models, and cards that were tampered with', async () => {
    expect(() => describeOnnx(Uint8Array.of(1, 2, 3))).toThrow('readModel: the bytes must be an ONNX model');
    const model = await exported({ card: { note: 'before' } });
    const swapped = (from: string, to: string): Uint8Array =>
      Uint8Array.from(Buffer.from(Buffer.from(model).toString('latin1').replace(from, to), 'latin1'));
    expect(() => describeOnnx(swapped('equilibria.onnx/1', 'equilibria.onnx/9'))).toThrow(
      "describeOnnx: the model must be of format equilibria.onnx/1; got 'equilibria.onnx/9'. Export it with exportOnnx.",
    );
    expect(() => describeOnnx(swapped('{"note":"before"}', '{"note":"before"]'))).toThrow(
      "describeOnnx: the metadata 'equilibria.card' must be what exportOnnx writes; got ",
    );
    expect(() => describeOnnx(swapped('"maxSteps":40', '"maxSteps":-1'))).toThrow(
      "describeOnnx: the metadata 'equilibria.solve' must be what exportOnnx writes; got 'maxSteps': ",
    );
    expect(describeOnnx(swapped('before', 'later!')).card).toEqual({ note: 'later!' });
  });
});
