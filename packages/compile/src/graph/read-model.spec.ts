import { create, toBinary } from '@bufbuild/protobuf';
import * as tf from '@tensorflow/tfjs';
import { compile } from '../runtime/compile.ts';
import { spec } from '../tree/tree.ts';
import { GraphProtoSchema, ModelProtoSchema } from './gen/onnx_pb.ts';
import { readModel } from './read-model.ts';

describe('readModel', () => {
  it('gives names, types, shapes and metadata of a compiled model', async () => {
    const compiled = await compile(
      ({ a, n }: { a: tf.Tensor; n: tf.Tensor }) => ({
        sum: tf.add(a, 1),
        more: tf.add(n, tf.scalar(1, 'int32')),
      }),
      [{ a: spec([2, 3]), n: spec([], 'int32') }],
      { names: ['x'], outputName: '', metadata: { __proto__x: 'a', note: 'ü' } },
    );
    expect(readModel(compiled.model)).toEqual({
      producer: 'equilibria',
      opset: 18,
      metadata: { precision: 'float32', __proto__x: 'a', note: 'ü' },
      inputs: [
        { name: 'x.a', type: 'float', shape: [2, 3] },
        { name: 'x.n', type: 'int32', shape: [] },
      ],
      outputs: [
        { name: 'more', type: 'int32', shape: [] },
        { name: 'sum', type: 'float', shape: [2, 3] },
      ],
    });
    await compiled.dispose();
  });

  it('refuses what is no model', () => {
    expect(() => readModel(new TextEncoder().encode('not a model'))).toThrow(
      'readModel: the bytes must be an ONNX model; got 11 that are not:',
    );
    expect(() => readModel(new Uint8Array(0))).toThrow('got no graph or no operator set in them.');
    const wrong = create(ModelProtoSchema, {
      opsetImport: [{ domain: '', version: 18n }],
      graph: create(GraphProtoSchema, { input: [{ name: 'x' }] }),
    });
    expect(() => readModel(toBinary(ModelProtoSchema, wrong))).toThrow(
      "readModel: inputs and outputs must be tensors; got nothing at 'x'.",
    );
  });
});
