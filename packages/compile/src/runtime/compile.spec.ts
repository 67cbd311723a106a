import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession } from 'onnxruntime-node';
import { whileLoop } from '../loop/while-loop.ts';
import { constant } from '../trace/constant.ts';
import { type HostArray, spec } from '../tree/tree.ts';
import { compile } from './compile.ts';

const vector = (...values: number[]): HostArray => ({
  data: Float32Array.from(values),
  shape: [values.length],
});
const f64 = (...values: number[]): HostArray => ({ data: Float64Array.from(values), shape: [values.length] });

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('compile', () => {
  it('takes and returns trees, positional and named', async () => {
    const fn = (p: { w: tf.Tensor; b: tf.Tensor }, x: tf.Tensor): { y: tf.Tensor; parts: tf.Tensor[] } => ({
      y: tf.add(tf.mul(p.w, x), p.b),
      parts: [p.w, x],
    });
    const compiled = await compile(fn, [{ w: spec([2]), b: spec([2]) }, spec([2])], {
      names: ['params', 'x'],
    });
    expect(compiled.inputs.map(({ name }) => name)).toEqual(['params.b', 'params.w', 'x']);
    expect(compiled.outputs.map(({ name }) => name)).toEqual(['out.parts.0', 'out.parts.1', 'out.y']);
    const { y, parts } = await compiled.run(
      { w: tf.tensor1d([2, 3]), b: tf.tensor1d([1, 1]) },
      tf.tensor1d([10, 20]),
    );
    expect([...y.dataSync()]).toEqual([21, 61]);
    expect([...parts[1]!.dataSync()]).toEqual([10, 20]);
  });

  it('gives a model that ONNX Runtime loads by itself, with named inputs and metadata', async () => {
    const { model } = await compile((x: tf.Tensor) => tf.neg(x), [spec([2])], {
      names: ['x'],
      outputName: 'y',
    });
    const session = await InferenceSession.create(model);
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y']]);
  });

  it('keeps captured tensors usable by eager code, as constants of the graph', async () => {
    const w = tf.tensor1d([1, 2, 3]);
    const compiled = await compile((x: tf.Tensor) => tf.mul(x, w), [spec([3])]);
    expect([...tf.add(w, 1).dataSync()]).toEqual([2, 3, 4]);
    w.dispose();
    expect([...(await compiled.runArrays(vector(1, 1, 1))).data]).toEqual([1, 2, 3]);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const compiled = await compile((x: tf.Tensor) => tf.sum(tf.softmax(tf.square(x))), [spec([3])]);
    expect(tf.memory().numTensors).toBe(before);
    await compiled.dispose();
  });

  it('restores the backend and leaves no tensors behind when the function throws', async () => {
    const before = tf.memory().numTensors;
    const failing = compile(
      (x: tf.Tensor): tf.Tensor => {
        tf.add(x, 1);
        throw new RangeError('mine');
      },
      [spec([3])],
    );
    await expect(failing).rejects.toThrow('mine');
    expect([tf.getBackend(), tf.memory().numTensors]).toEqual(['cpu', before]);
  });

  it('computes in full precision in float64', async () => {
    const compiled = await compile((x: tf.Tensor) => tf.mul(x, constant(0.1)), [spec([1])], {
      precision: 'float64',
    });
    expect([...(await compiled.run(f64(3))).data]).toEqual([3 * 0.1]);
  });

  it('takes float64 constants as arrays', async () => {
    const third = { data: Float64Array.of(1 / 3, 2 / 3), shape: [2] };
    const compiled = await compile((x: tf.Tensor) => tf.add(x, constant(third)), [spec([2])], {
      precision: 'float64',
    });
    expect([...(await compiled.run(f64(1, 1))).data]).toEqual([1 + 1 / 3, 1 + 2 / 3]);
  });

  it('uses one thread for little work and all cores for much', async () => {
    const small = await compile((x: tf.Tensor) => tf.matMul(x, x), [spec([16, 16])]);
    const large = await compile((x: tf.Tensor) => tf.matMul(x, x), [spec([256, 256])]);
    const asked = await compile((x: tf.Tensor) => tf.matMul(x, x), [spec([256, 256])], { threads: 1 });
    expect([small.threads, large.threads, asked.threads]).toEqual([1, availableParallelism(), 1]);
  });

  it('computes a common subexpression once', async () => {
    const compiled = await compile((x: tf.Tensor) => tf.mul(tf.exp(x), tf.exp(x)), [spec([3])]);
    expect(compiled.describe().ops).toEqual({ Exp: 1, Mul: 1, Identity: 1 });
  });

  it('tells equal nodes from those whose inputs have names that only look equal together', async () => {
    const sums = await compile(
      (x: tf.Tensor, yz: tf.Tensor, xy: tf.Tensor, z: tf.Tensor) => [tf.add(x, yz), tf.add(xy, z)],
      [spec([1]), spec([1]), spec([1]), spec([1])],
      { names: ['x', 'y,z', 'x,y', 'z'] },
    );
    const numbers = [1, 2, 10, 20].map((value) => ({ data: Float32Array.of(value), shape: [1] }));
    const [a, b] = await sums.runArrays(...(numbers as [never, never, never, never]));
    expect([a!.data[0], b!.data[0]]).toEqual([3, 30]);
    await sums.dispose();
  });

  it('refuses a signature that is none', async () => {
    const f = (x: tf.Tensor): tf.Tensor => tf.neg(x);
    await expect(compile(f, undefined as never)).rejects.toThrow(
      'compile: the signature must be a list with the spec of each argument; got undefined.',
    );
    await expect(compile(f, [undefined as never])).rejects.toThrow(
      "compile: the signature must have a spec at 'arg0'; got undefined.",
    );
    await expect(compile(f, [spec([2], 'float64' as never)])).rejects.toThrow(
      "compile: the dtype of 'arg0' must be float32, int32 or bool; got float64. For float64, leave it float32 and compile " +
        "with precision: 'float64'.",
    );
  });

  it('names the variables it has frozen', async () => {
    const w = tf.variable(tf.tensor1d([2]), true, 'frozen');
    const scaled = await compile((x: tf.Tensor) => tf.mul(x, w), [spec([1])]);
    expect(scaled.variables).toEqual(['frozen']);
    await scaled.dispose();
    w.dispose();
  });

  it('describes the graph: operators, parameters, work', async () => {
    const W = tf.ones([4, 3]);
    const layer = await compile(
      (x: tf.Tensor) => tf.tanh(tf.matMul(x as tf.Tensor2D, W as tf.Tensor2D)),
      [spec([2, 4])],
    );
    const { ops, flops, bytes } = layer.describe();
    expect(ops).toMatchObject({ MatMul: 1, Tanh: 1 });
    // 2·2·3·4 of the product, 2·3 of tanh.
    expect(flops).toBe(48 + 6);
    expect(bytes).toBe(4 * (8 + 12 + 6) + 4 * (6 + 6));
    const loop = await compile(
      (x: tf.Tensor) => whileLoop({ init: x, body: (z) => tf.tanh(z), maxSteps: 7 }).state,
      [spec([5])],
    );
    expect(loop.describe().flops).toBeGreaterThanOrEqual(7 * 5);
    await layer.dispose();
    await loop.dispose();
  });

  it.each([
    ['threads', { threads: 0 }, 'compile: threads must be an integer >= 1; got 0.'],
    ['an unknown provider', { providers: ['abacus'] }, 'must be one that ONNX Runtime has here (cpu'],
    ['no provider', { providers: [] }, 'got none.'],
  ])('refuses %s', async (_what, options, message) => {
    await expect(compile((x: tf.Tensor) => tf.neg(x), [spec([1])], options)).rejects.toThrow(message);
  });

  it('says of a provider that cannot be used here that it is the provider', async () => {
    // Where TensorRT is there, there is nothing to refuse.
    const told = await compile((x: tf.Tensor) => tf.neg(x), [spec([1])], { providers: ['tensorrt'] }).then(
      () => 'ProviderError: usable',
      String,
    );
    expect(told).toMatch(
      /^ProviderError: (usable$|compile: the providers must be usable here; got tensorrt)/,
    );
  });

  it('refuses a tensor of a loop body outside of it', async () => {
    let inside: tf.Tensor | undefined;
    const fn = (x: tf.Tensor): tf.Tensor => {
      whileLoop({
        init: x,
        body: (s) => {
          inside = tf.mul(s, 2);
          return inside;
        },
        cond: (s) => tf.less(tf.sum(s), 9),
        maxSteps: 3,
      });
      return tf.add(inside!, 1);
    };
    await expect(compile(fn, [spec([2])])).rejects.toThrow(
      'made in the body of a loop must not be used outside',
    );
  });

  it('refuses names that do not tell inputs and outputs apart', async () => {
    const same = compile((x: tf.Tensor, y: tf.Tensor) => tf.add(x, y), [spec([1]), spec([1])], {
      names: ['x', 'x'],
    });
    await expect(same).rejects.toThrow(
      "must have different names, not empty, that do not begin with %; got 'x'",
    );
    await expect(compile((x: tf.Tensor) => x, [spec([1])], { names: ['out'] })).rejects.toThrow("got 'out'");
    await expect(compile((x: tf.Tensor) => x, [spec([1])], { names: [''] })).rejects.toThrow("got ''");
    await expect(compile((x: tf.Tensor) => x, [spec([1])], { names: ['a', 'b'] })).rejects.toThrow(
      'names must not be more than the 1 arguments; got 2.',
    );
  });

  it('refuses a shape that is none and a function that returns nothing', async () => {
    await expect(compile((x: tf.Tensor) => x, [spec([-1, 2])])).rejects.toThrow(
      "the shape of 'arg0' must be lengths >= 0",
    );
    await expect(compile(() => ({}), [spec([1])])).rejects.toThrow('must return at least one tensor');
  });

  it('waits for a run when it is disposed meanwhile', async () => {
    const compiled = await compile((x: tf.Tensor) => tf.matMul(x, x), [spec([300, 300])]);
    const running = compiled.runArrays({ data: new Float32Array(90_000), shape: [300, 300] });
    await compiled.dispose();
    expect((await running).shape).toEqual([300, 300]);
  });

  it.each([1e-7, 123456789, 1e11])('refuses %p in float64, which float32 rounds', async (value) => {
    const failing = compile((x: tf.Tensor) => tf.mul(x, value), [spec([1])], { precision: 'float64' });
    await expect(failing).rejects.toThrow('was rounded to float32 by TF.js');
  });

  it('refuses to be called while tracing', async () => {
    let inner: Promise<unknown> | undefined;
    await compile(
      (x: tf.Tensor) => {
        inner = compile((y: tf.Tensor) => y, [spec([1])]);
        inner.catch(() => undefined);
        return x;
      },
      [spec([1])],
    );
    await expect(inner).rejects.toThrow('compile: must not be called while tracing another function');
  });

  it('refuses rounded constants and captured tensors in float64', async () => {
    const precision = { precision: 'float64' } as const;
    await expect(compile((x: tf.Tensor) => tf.mul(x, 0.1), [spec([1])], precision)).rejects.toThrow(
      'the constant 0.1 was rounded to float32 by TF.js',
    );
    const w = tf.tensor1d([1]);
    await expect(compile((x: tf.Tensor) => tf.mul(x, w), [spec([1])], precision)).rejects.toThrow(
      'a float64 function must not capture a float32 tensor',
    );
  });

  it.each([
    ['a wrong shape', [vector(1, 2)], /'x' must have shape \[3\]; got \[2\]/u],
    ['a wrong dtype', [{ data: Int32Array.of(1, 2, 3), shape: [3] }], /'x' must be float32; got int32/u],
    ['a wrong count', [{ data: Float32Array.of(1), shape: [3] }], /'x' must hold 3 values; got 1/u],
    ['too many arguments', [vector(1, 2, 3), vector(1)], /trees must have the same structure/u],
  ])('refuses %s by the name of the argument', async (_what, args, message) => {
    const compiled = await compile((x: tf.Tensor) => tf.neg(x), [spec([3])], { names: ['x'] });
    await expect(compiled.runArrays(...(args as [HostArray]))).rejects.toThrow(message);
  });

  it('refuses what is neither a tensor nor a host array', async () => {
    const negate = await compile((x: tf.Tensor) => tf.neg(x), [spec([1])]);
    await expect(negate.run(3 as never)).rejects.toThrow(
      "run: 'arg0' must be a tensor or { data, shape }; got number.",
    );
    await negate.dispose();
  });

  it('wants Float64Array in float64', async () => {
    const compiled = await compile((x: tf.Tensor) => tf.neg(x), [spec([1])], { precision: 'float64' });
    await expect(compiled.run(vector(1))).rejects.toThrow(
      "'arg0' must be float64; got float32. Pass { data: Float64Array, shape }.",
    );
  });

  it('has switched off the telemetry of ONNX Runtime', async () => {
    await compile((x: tf.Tensor) => tf.neg(x), [spec([1])]);
    expect(process.env['ORT_DISABLE_TELEMETRY']).toBe('1');
  });

  it('is disposed once and then refuses to run', async () => {
    const compiled = await compile((x: tf.Tensor) => tf.neg(x), [spec([1])]);
    await compiled.dispose();
    await compiled.dispose();
    await expect(compiled.runArrays(vector(1))).rejects.toThrow('run: the compiled function was disposed');
  });

  it('lets NaN and infinities through as TF.js does', async () => {
    const fn = (x: tf.Tensor): tf.Tensor[] => [
      tf.relu(x),
      tf.maximum(x, 0),
      tf.clipByValue(x, -1, 1),
      tf.abs(x),
      tf.tanh(x),
    ];
    const compiled = await compile(fn, [spec([3])]);
    const odd = vector(NaN, Infinity, -Infinity);
    const expected = fn(tf.tensor1d(odd.data as Float32Array)).map((t) => [...t.dataSync()]);
    expect((await compiled.runArrays(odd)).map(({ data }) => [...data])).toEqual(expected);
  });
});
