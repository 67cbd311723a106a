/** The operators of `npm run peers`; `tools/peers/solve_cases.py` has the same in PyTorch. */
import { attention, type HostArray, layerNorm, spectralConvolution } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { MODES, spectralWeights, stored } from '../bench/cases.ts';
import { integers, noise, transposed } from '../bench/numbers.ts';

/** The parameters of an operator, by name. */
export type Weights<T = tf.Tensor> = { readonly [name: string]: T };

/** `z = map(params, z, x)`, from zeros, and what a training step fits. */
export type Operator = {
  readonly params: Weights<HostArray>;
  readonly x: HostArray;
  /** Of the shape of the state. */
  readonly target: HostArray;
  readonly map: (params: Weights, z: tf.Tensor, x: tf.Tensor) => tf.Tensor;
};

/** `tanh(zW + x)`: `scale` bounds the entries of W, `size` those of x. */
export function tanh([batch, width]: readonly [number, number], scale: number, size: number): Operator {
  return {
    params: { w: noise([width, width], { scale }) },
    x: noise([batch, width], { scale: size, offset: 1 }),
    target: noise([batch, width], { offset: 2 }),
    map: ({ w }, z, x) => tf.tanh(tf.add(tf.matMul(z, w!), x)),
  };
}

/** Two convolutions of 3×3 in 64 channels at `side`²; images have their channels last. */
export function conv({ side = 128 } = {}): Operator {
  const filter = (offset: number) =>
    transposed(noise([64, 64, 3, 3], { scale: 0.085, offset }), [2, 3, 1, 0]);
  const image = (offset: number) => transposed(noise([1, 64, side, side], { offset }), [0, 2, 3, 1]);
  const layer = (z: tf.Tensor, w: tf.Tensor) => tf.conv2d(z as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
  return {
    params: { w1: filter(0), w2: filter(1) },
    x: image(2),
    target: image(3),
    map: ({ w1, w2 }, z, x) => tf.relu(tf.add(layer(tf.relu(layer(z, w1!)), w2!), x)),
  };
}

/** A Fourier layer of 12 modes beside a convolution of 1×1: 8 images of 32 channels at 64². */
export function fourier(): Operator {
  const mix = transposed(noise([32, 32, 1, 1], { scale: 0.12, offset: 1 }), [2, 3, 1, 0]);
  const across = (z: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.transpose(tf.conv2d(stored(z) as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'), [0, 3, 1, 2]);
  return {
    params: { weights: spectralWeights(noise([2, 32, 32, 2 * MODES, MODES], { scale: 0.12 })), mix },
    x: noise([8, 32, 64, 64], { offset: 2 }),
    target: noise([8, 32, 64, 64], { offset: 3 }),
    map: ({ weights, mix: w }, z, x) =>
      tf.tanh(tf.add(tf.add(spectralConvolution(z, { weights: weights! }, MODES), across(z, w!)), x)),
  };
}

const [VARIABLES, ROWS, EDGES, WIDTH] = [5_000, 4_000, 100_000, 32];

/** The graph of a linear program: variables, rows, and which of them an edge joins; weights up to `scale`. A batch of one graph. */
function graph(scale: number) {
  const variable = integers(EDGES, VARIABLES);
  const row = integers(EDGES, ROWS).toReversed();
  const weight = noise([EDGES, 1], { scale, offset: 4 });
  const mixing = (offset: number) => noise([WIDTH, WIDTH], { scale: 0.25, offset });
  const features = (offset: number) => noise([1, VARIABLES, WIDTH], { offset });
  return {
    // Taken up while tracing.
    ends: () => ({ variable: tf.tensor1d(variable, 'int32'), row: tf.tensor1d(row, 'int32') }),
    weight: () => tf.tensor(weight.data, [EDGES, 1]),
    params: { toRows: mixing(0), toVariables: mixing(1) },
    x: features(2),
    target: features(3),
  };
}

const nodesOf = (z: tf.Tensor): tf.Tensor => tf.reshape(z, [VARIABLES, WIDTH]);

/** Messages to the rows and back, each a function of both ends of its edge: `weight·relu(sent + seen)`. */
export function messages(): Operator {
  const { ends, weight, ...given } = graph(0.07);
  const b = noise([ROWS, WIDTH], { offset: 5 });
  const map: Operator['map'] = ({ toRows, toVariables }, z, x) => {
    const [{ variable, row }, scale, nodes] = [ends(), weight(), nodesOf(z)];
    const passed = (sent: tf.Tensor, from: tf.Tensor1D, seen: tf.Tensor, to: tf.Tensor1D): tf.Tensor =>
      tf.mul(tf.relu(tf.add(tf.gather(sent, from), tf.gather(seen, to))), scale);
    const toRow = passed(tf.matMul(nodes, toRows!), variable, tf.tensor(b.data, [ROWS, WIDTH]), row);
    const rows = tf.unsortedSegmentSum(toRow, row, ROWS);
    const toVariable = passed(tf.matMul(rows, toVariables!), row, nodes, variable);
    const heard = tf.unsortedSegmentSum(toVariable, variable, VARIABLES);
    return tf.tanh(tf.add(tf.reshape(heard, z.shape), x));
  };
  return { ...given, map };
}

/** Messages that are multiples of what is sent, which makes each pass a product with a sparse matrix. */
export function linearMessages(): Operator {
  const { ends, weight, ...given } = graph(0.2);
  const map: Operator['map'] = ({ toRows, toVariables }, z, x) => {
    const [{ variable, row }, scale] = [ends(), weight()];
    const sent = tf.gather(tf.matMul(nodesOf(z), toRows!), variable);
    const rows = tf.tanh(tf.unsortedSegmentSum(tf.mul(sent, scale), row, ROWS));
    const back = tf.gather(tf.matMul(rows, toVariables!), row);
    const heard = tf.unsortedSegmentSum(tf.mul(back, scale), variable, VARIABLES);
    return tf.tanh(tf.add(tf.reshape(heard, z.shape), x));
  };
  return { ...given, map };
}

/** A transformer block with its norms after the sums, 8 sequences of 128 tokens × 256. */
export function transformer(): Operator {
  const dense = (t: tf.Tensor, w: tf.Tensor): tf.Tensor => {
    const [batch = 0, tokens = 0, features = 0] = t.shape;
    return tf.reshape(tf.matMul(tf.reshape(t, [batch * tokens, features]), w), [batch, tokens, w.shape[1]!]);
  };
  const shapes = { qkv: [256, 768], out: [256, 256], up: [256, 1024], down: [1024, 256] };
  const params = Object.entries(shapes).map(([name, shape], offset) => [
    name,
    noise(shape, { scale: 0.05, offset }),
  ]);
  return {
    params: Object.fromEntries(params) as Weights<HostArray>,
    x: noise([8, 128, 256], { scale: 3, offset: 5 }),
    target: noise([8, 128, 256], { offset: 6 }),
    map: ({ qkv, out, up, down }, z, x) => {
      const [queries, keys, values] = tf.split(dense(z, qkv!), 3, 2);
      const seen = attention({ queries: queries!, keys: keys!, values: values! }, { heads: 8 });
      const y = layerNorm(tf.add(tf.add(dense(seen, out!), z), x));
      return layerNorm(tf.add(dense(tf.relu(dense(y, up!)), down!), y));
    },
  };
}
