import { fromBinary } from '@bufbuild/protobuf';
import * as tf from '@tensorflow/tfjs';
import { LOOP_CASES } from '../conformance/loop-cases.ts';
import { ModelProtoSchema } from '../graph/gen/onnx_pb.ts';
import { compile } from '../runtime/compile.ts';
import { type HostArray, spec, type TensorTree } from '../tree/tree.ts';
import { whileLoop } from './while-loop.ts';

const f64 = (...values: number[]): HostArray => ({ data: Float64Array.from(values), shape: [values.length] });
const vector = (...values: number[]): HostArray => ({
  data: Float32Array.from(values),
  shape: [values.length],
});
const nodeCount = (model: Uint8Array, op: string): number =>
  Buffer.from(model).toString('latin1').split(op).length - 1;

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe.each(Object.entries(LOOP_CASES))('whileLoop with %s', (_name, fn) => {
  it.each([
    ['all passes', {}],
    ['no common subexpressions', { commonSubexpressions: false }],
    ['no loop-invariant motion', { loopInvariantMotion: false }],
    ['no unrolling', { unrolling: false }],
    ['no pending transposes', { pendingTransposes: false }],
    ['no dead-code removal', { deadCode: false }],
  ])('does compiled with %s what it does eagerly', async (_passes, passes) => {
    const [x, y] = [vector(1, -2, 3), vector(0.5, 0.25, -1)];
    const expected = fn(tf.tensor1d(x.data as Float32Array), tf.tensor1d(y.data as Float32Array));
    const compiled = await compile(fn as (...args: unknown[]) => TensorTree, [spec([3]), spec([3])], {
      passes,
    });
    expect(plain(await compiled.run(x, y))).toEqual(plain(expected));
    await compiled.dispose();
  });
});

/** Operators in the body of the only loop of a model. */
function opsOfBody(model: Uint8Array): (string | undefined)[] {
  const loop = fromBinary(ModelProtoSchema, model).graph?.node.find(({ opType }) => opType === 'Loop');
  const body = loop?.attribute.find(({ name }) => name === 'body')?.g;
  return (body?.node ?? []).map(({ opType }) => opType);
}

describe('whileLoop', () => {
  it('pads what it collected when the graph goes on with it', async () => {
    const compiled = await compile(
      (x) => {
        const { collected, steps } = whileLoop({
          init: x,
          cond: (s) => tf.less(tf.sum(s), 20),
          body: (s) => tf.mul(s, 2),
          maxSteps: 6,
          collect: (s) => s,
        });
        return { padded: tf.mul(collected, 10), exact: collected, steps };
      },
      [spec([2])],
    );
    const { padded, exact, steps } = await compiled.runArrays(vector(1, 2));
    expect([padded.shape, [...padded.data]]).toEqual([
      [6, 2],
      [20, 40, 40, 80, 80, 160, 0, 0, 0, 0, 0, 0],
    ]);
    expect([exact.shape, [...exact.data]]).toEqual([
      [3, 2],
      [2, 4, 4, 8, 8, 16],
    ]);
    expect([...steps.data]).toEqual([3]);
  });

  it('keeps what it collected of exact length where rows of it become rows', async () => {
    const compiled = await compile(
      (x) => {
        const { collected } = whileLoop({
          init: x,
          cond: (s) => tf.less(tf.sum(s), 20),
          body: (s) => tf.mul(s, 2),
          maxSteps: 6,
          collect: (s) => s,
        });
        return {
          rows: tf.reshape(collected, [12, 2]),
          list: tf.reshape(collected, [-1]),
          joined: tf.reshape(collected, [3, 8]),
        };
      },
      [spec([2, 2])],
    );
    const { rows, list, joined } = await compiled.runArrays({
      data: Float32Array.of(1, 2, 0, 1),
      shape: [2, 2],
    });
    const made = [2, 4, 0, 2, 4, 8, 0, 4, 8, 16, 0, 8];
    expect([rows.shape, [...rows.data]]).toEqual([[6, 2], made]);
    expect([list.shape, [...list.data]]).toEqual([[12], made]);
    expect([joined.shape, [...joined.data]]).toEqual([
      [3, 8],
      [...made, ...Array.from({ length: 12 }, () => 0)],
    ]);
    await compiled.dispose();
  });

  it('computes before the loop what depends on no loop variable', async () => {
    const fn = (x: unknown, w: unknown): tf.Tensor =>
      whileLoop({
        init: x as tf.Tensor,
        body: (s) => tf.add(s, tf.sin(tf.exp(w as tf.Tensor))),
        maxSteps: 3,
      }).state;
    const moved = await compile(fn, [spec([2]), spec([2])]);
    const kept = await compile(fn, [spec([2]), spec([2])], { passes: { loopInvariantMotion: false } });
    expect(opsOfBody(moved.model)).not.toContain('Exp');
    expect(opsOfBody(kept.model)).toContain('Exp');
  });

  it('leaves in a loop what could fail before it', async () => {
    // The index is out of range, but the loop never runs.
    const fn = (x: tf.Tensor, i: tf.Tensor) =>
      whileLoop({
        init: x,
        cond: (z) => tf.less(tf.sum(z), 0),
        body: (z) => tf.add(z, tf.gather(x, i)),
        maxSteps: 3,
      }).state;
    const compiled = await compile(fn, [spec([2]), spec([2], 'int32')]);
    const { data } = await compiled.runArrays(vector(1, 2), { data: Int32Array.of(5, 5), shape: [2] });
    expect([...data]).toEqual([1, 2]);
    await compiled.dispose();
  });

  type Pair = { readonly x: tf.Tensor; readonly y: tf.Tensor };
  const conv = (x: tf.Tensor): tf.Tensor => {
    const channels = x.shape[3]!;
    const w = tf.reshape(tf.linspace(-0.4, 0.5, 9 * channels ** 2), [3, 3, channels, channels]);
    return tf.tanh(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'));
  };
  const bodies: Record<string, (state: Pair) => Pair> = {
    copies: ({ x }) => ({ y: tf.clone(x), x: conv(x) }),
    swaps: ({ x, y }) => ({ x: y, y: conv(x) }),
    accumulates: ({ x, y }) => ({ x: conv(x), y: tf.add(x, y) }),
    chooses: ({ x, y }) => {
      const isSmall = tf.less(tf.abs(x), 0.5);
      const kept = tf.where(isSmall, x, y);
      return { x: tf.where(isSmall, conv(x), kept), y: kept };
    },
  };
  // Equal lengths, so that a wrong order of axes would show in the values only, and different ones.
  const images = [
    [1, 2, 2, 2],
    [2, 3, 4, 2],
  ];
  it.each(Object.keys(bodies).flatMap((name) => images.map((shape) => [name, shape] as const)))(
    'does what it does eagerly if its body %s images beside a convolution: %j',
    async (name, shape) => {
      const fn = (x: tf.Tensor) =>
        whileLoop({ init: { x, y: tf.mul(x, 0.5) }, body: bodies[name]!, maxSteps: 3 }).state;
      const x = tf.reshape(
        tf.linspace(
          -1,
          1,
          shape.reduce((a, b) => a * b),
        ),
        shape,
      );
      const expected = fn(x);
      const compiled = await compile(fn, [spec(shape)]);
      const actual = await compiled.run(x);
      for (const leaf of ['x', 'y'] as const) {
        expect(actual[leaf].shape).toEqual(shape);
        const values = expected[leaf].dataSync();
        actual[leaf].dataSync().forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 5));
      }
      await compiled.dispose();
    },
  );

  it('keeps its state stored as convolutions leave it', async () => {
    const fn = (x: tf.Tensor, w: tf.Tensor) =>
      whileLoop({
        init: { z: tf.zerosLike(x) },
        body: ({ z }) => ({
          z: tf.tanh(tf.add(tf.conv2d(z as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), x)),
        }),
        maxSteps: 6,
      }).state.z;
    const [x, w] = [tf.linspace(-1, 1, 48), tf.linspace(-0.2, 0.1, 81)];
    const [image, filter] = [tf.reshape(x, [1, 4, 4, 3]), tf.reshape(w, [3, 3, 3, 3])];
    const compiled = await compile(fn, [spec([1, 4, 4, 3]), spec([3, 3, 3, 3])]);
    expect(opsOfBody(compiled.model)).toContain('Conv');
    expect(opsOfBody(compiled.model)).not.toContain('Transpose');
    const expected = fn(image, filter).dataSync();
    const actual = (await compiled.run(image, filter)).dataSync();
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    await compiled.dispose();
  });

  it('has the filters of its convolutions as constants of its own, in the order that ONNX has, once in the model', async () => {
    const filter = tf.reshape(tf.linspace(-0.2, 0.1, 2 * 9 * 9), [3, 3, 3, 6]) as tf.Tensor4D;
    const back = tf.reshape(tf.linspace(0.2, -0.1, 2 * 9 * 9), [3, 3, 6, 3]) as tf.Tensor4D;
    const body = (z: tf.Tensor): tf.Tensor =>
      tf.tanh(tf.conv2d(tf.conv2d(z as tf.Tensor4D, filter, 1, 'same'), back, 1, 'same'));
    const fn = (x: tf.Tensor) =>
      whileLoop({ init: x, cond: (z) => tf.less(tf.sum(z), 1e9), body, maxSteps: 3 }).state;
    const x = tf.reshape(tf.linspace(-1, 1, 48), [1, 4, 4, 3]);
    const compiled = await compile(fn, [spec([1, 4, 4, 3])]);
    const graph = fromBinary(ModelProtoSchema, compiled.model).graph!;
    const loop = graph.node.find(({ opType }) => opType === 'Loop')!;
    const inside = loop.attribute.find(({ name }) => name === 'body')!.g!;
    expect(inside.initializer.map(({ dims }) => dims.map(Number))).toEqual([
      [6, 3, 3, 3],
      [3, 6, 3, 3],
    ]);
    expect(graph.initializer.filter(({ dims }) => dims.length === 4)).toEqual([]);
    const expected = fn(x).dataSync();
    (await compiled.run(x)).dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    await compiled.dispose();
  });

  it('keeps what goes through a branch in it stored so too', async () => {
    const body = (z: tf.Tensor, x: tf.Tensor, w: tf.Tensor4D): tf.Tensor => {
      const next = tf.tanh(tf.add(tf.conv2d(z as tf.Tensor4D, w, 1, 'same'), x));
      const limit = tf.cast(tf.greater(tf.sum(next), 0), 'int32');
      return whileLoop({ init: next, body: (at) => tf.mul(at, 0.5), maxSteps: 1, limit }).state;
    };
    const fn = (x: tf.Tensor, w: tf.Tensor) =>
      whileLoop({ init: tf.zerosLike(x), body: (z) => body(z, x, w as tf.Tensor4D), maxSteps: 6 }).state;
    const image = tf.reshape(tf.linspace(-1, 1, 48), [1, 4, 4, 3]);
    const filter = tf.reshape(tf.linspace(-0.2, 0.1, 81), [3, 3, 3, 3]);
    const compiled = await compile(fn, [spec([1, 4, 4, 3]), spec([3, 3, 3, 3])]);
    expect(opsOfBody(compiled.model)).toContain('Loop');
    expect(opsOfBody(compiled.model)).not.toContain('Transpose');
    const expected = fn(image, filter).dataSync();
    const actual = (await compiled.run(image, filter)).dataSync();
    actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    await compiled.dispose();
  });

  it('keeps what it chooses between such states stored so too', async () => {
    const fn = (x: tf.Tensor) =>
      whileLoop({ init: { x, y: tf.mul(x, 0.5) }, body: bodies['chooses']!, maxSteps: 12 }).state;
    // Unrolled, one iteration would show itself the order that it leaves.
    const compiled = await compile(fn, [spec([1, 4, 4, 3])], { passes: { unrolling: false } });
    expect(opsOfBody(compiled.model)).toContain('Conv');
    expect(opsOfBody(compiled.model)).not.toContain('Transpose');
    await compiled.dispose();
  });

  it('drops the nodes and loop variables that no output needs', async () => {
    const fn = (x: unknown): tf.Tensor =>
      whileLoop({
        init: { x: x as tf.Tensor, unused: x as tf.Tensor },
        body: (s) => ({ x: tf.mul(s.x, 2), unused: tf.sinh(s.unused) }),
        maxSteps: 3,
      }).state.x;
    const { model } = await compile(fn, [spec([2])]);
    expect(nodeCount(model, 'Exp')).toBe(0);
  });

  it('refuses a gradient taken through it while tracing', async () => {
    const fn = (x: unknown): tf.Tensor =>
      tf.grads((z: tf.Tensor) =>
        tf.sum(tf.add(whileLoop({ init: z, body: (s) => tf.mul(s, 2), maxSteps: 3 }).state, z)),
      )([x as tf.Tensor])[0]!;
    await expect(compile(fn, [spec([3])])).rejects.toThrow(
      /gradient must not be taken through a traced loop/u,
    );
  });

  it('refuses a gradient with respect to a tensor that only the body uses', async () => {
    const fn = (x: unknown): tf.Tensor =>
      tf.grads((z: tf.Tensor) =>
        tf.sum(whileLoop({ init: tf.zeros([3]), body: (s) => tf.add(s, tf.mul(z, 2)), maxSteps: 3 }).state),
      )([x as tf.Tensor])[0]!;
    await expect(compile(fn, [spec([3])])).rejects.toThrow(
      /gradient must not be taken through a traced loop/u,
    );
  });

  it('lets gradients pass beside it', async () => {
    const fn = (x: unknown): tf.Tensor =>
      tf.grads((z: tf.Tensor) => {
        const { state } = whileLoop({ init: tf.zeros([3]), body: (s) => tf.add(s, 1), maxSteps: 3 });
        return tf.sum(tf.mul(z, state));
      })([x as tf.Tensor])[0]!;
    const compiled = await compile(fn, [spec([3])]);
    expect([...(await compiled.runArrays(vector(1, 2, 3))).data]).toEqual([3, 3, 3]);
  });

  it('differentiates eagerly through its JavaScript loop', () => {
    const [gradient] = tf.grads((z: tf.Tensor) =>
      tf.sum(tf.add(whileLoop({ init: z, body: (s) => tf.mul(s, 2), maxSteps: 3 }).state, z)),
    )([tf.tensor1d([1, 2])]);
    expect([...gradient!.dataSync()]).toEqual([9, 9]);
  });

  it('runs in float64', async () => {
    const fn = (x: unknown): tf.Tensor =>
      whileLoop({ init: x as tf.Tensor, body: (s) => tf.cos(s), maxSteps: 200 }).state;
    const compiled = await compile(fn, [spec([1])], { precision: 'float64' });
    expect((await compiled.run(f64(1))).data[0]).toBeCloseTo(0.7390851332151607, 15);
  });

  it.each([
    [
      'a shape',
      (s: tf.Tensor): tf.Tensor => tf.concat([s, s]),
      /body must keep the shape and dtype.*float32\[2\].*float32\[4\]/u,
    ],
    ['a dtype', (s: tf.Tensor): tf.Tensor => tf.cast(s, 'int32'), /float32\[2\] and became int32\[2\]/u],
  ])('refuses a body that changes %s, eagerly and traced', async (_what, body, message) => {
    const fn = (x: unknown): tf.Tensor => whileLoop({ init: x as tf.Tensor, body, maxSteps: 2 }).state;
    expect(() => fn(tf.tensor1d([1, 2]))).toThrow(message);
    await expect(compile(fn, [spec([2])])).rejects.toThrow(message);
  });

  it('refuses a state that holds no tensors, and a condition that is none', () => {
    const numbers = { z: 1 } as unknown as tf.Tensor;
    expect(() => whileLoop({ init: numbers, body: (z) => z, maxSteps: 1 })).toThrow(
      "whileLoop: every leaf of init must be a tensor; got number at 'z'.",
    );
    const always = (() => true) as unknown as () => tf.Tensor;
    expect(() => whileLoop({ init: tf.ones([1]), cond: always, body: (z) => z, maxSteps: 1 })).toThrow(
      'whileLoop: cond must be a scalar of bool; got boolean.',
    );
  });

  it('refuses a condition or a limit that is no scalar of its dtype, eagerly and traced', async () => {
    const fn = (x: unknown): tf.Tensor =>
      whileLoop({ init: x as tf.Tensor, cond: (s) => tf.less(s, 3), body: (s) => s, maxSteps: 2 }).state;
    expect(() => fn(tf.tensor1d([1, 2]))).toThrow('whileLoop: cond must be a scalar of bool; got bool[2].');
    await expect(compile(fn, [spec([2])])).rejects.toThrow(
      'whileLoop: cond must be a scalar of bool; got bool[2].',
    );
    const loop = { init: tf.scalar(0) as tf.Tensor, body: (s: tf.Tensor): tf.Tensor => s, maxSteps: 3 };
    expect(() => whileLoop({ ...loop, limit: tf.scalar(2.5) })).toThrow(
      'limit must be a scalar of int32; got float32[].',
    );
  });

  it('leaves no tensors behind when its body throws', () => {
    const x = tf.tensor1d([1, 2]);
    const before = tf.memory().numTensors;
    const body = (): tf.Tensor => {
      throw new RangeError('mine');
    };
    expect(() => whileLoop({ init: x, body, maxSteps: 3 })).toThrow('mine');
    expect(() => whileLoop({ init: x, body: (s) => tf.concat([s, s]), maxSteps: 3 })).toThrow('must keep');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('computes an inner loop that depends on nothing once, also in a body that could be unrolled', async () => {
    const fn = (x: unknown, y: unknown): tf.Tensor =>
      whileLoop({
        init: x as tf.Tensor,
        body: (s) =>
          tf.add(s, whileLoop({ init: y as tf.Tensor, body: (t) => tf.mul(t, 2), maxSteps: 7 }).state),
        maxSteps: 20,
      }).state;
    const { model } = await compile(fn, [spec([2]), spec([2])]);
    expect(nodeCount(model, 'Loop')).toBe(2);
  });

  it('refuses a bound that is not a count', () => {
    const loop = { init: tf.scalar(0), body: (s: tf.Tensor): tf.Tensor => s };
    expect(() => whileLoop({ ...loop, maxSteps: -1 })).toThrow(
      'whileLoop: maxSteps must be an integer >= 0; got -1.',
    );
    expect(() => whileLoop({ ...loop, maxSteps: 1.5 })).toThrow(RangeError);
  });

  it('leaves no tensors behind eagerly', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      whileLoop({
        init: tf.scalar(1),
        body: (s) => tf.mul(tf.add(s, 1), 2),
        maxSteps: 20,
        collect: (s) => s,
      });
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** A tree of tensors as nested plain values, rounded to what both sides share. */
function plain(tree: unknown): unknown {
  if (tree instanceof tf.Tensor) {
    return {
      shape: tree.shape,
      dtype: tree.dtype,
      data: Array.from(tree.dataSync(), (x) => Number(x.toPrecision(5))),
    };
  }
  if (Array.isArray(tree)) return tree.map(plain);
  return Object.fromEntries(Object.entries(tree as object).map(([key, child]) => [key, plain(child)]));
}
