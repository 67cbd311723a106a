/** The cases of `npm run bench:compile`, compiled; `tools/peers/compile_cases.py` has the same in PyTorch. */
import { attention, type HostArray, layerNorm, spectralConvolution, whileLoop } from '@equilibria/compile';
import * as tf from '@tensorflow/tfjs';
import { type Case, compiledCase, held } from './case.ts';
import { integers, numbers, transposed } from './numbers.ts';

/** 100 steps of tanh(zW + x), 16×64, and nothing else. */
export function tanhLoop(): Promise<Case> {
  const w = held(numbers([64, 64], { scale: 0.05 }));
  const solve = (x: tf.Tensor): tf.Tensor =>
    whileLoop({ init: tf.zerosLike(x), body: (z) => tf.tanh(tf.add(tf.matMul(z, w), x)), maxSteps: 100 })
      .state;
  return compiledCase(solve, [numbers([16, 64])]);
}

const filter = (offset: number) => transposed(numbers([64, 64, 3, 3], { scale: 0.05, offset }), [2, 3, 1, 0]);

function conv(z: tf.Tensor, x: tf.Tensor, w1: tf.Tensor, w2: tf.Tensor): tf.Tensor {
  const layer = (input: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(input as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
  return tf.relu(tf.add(layer(tf.relu(layer(z, w1)), w2), x));
}

/** Channels last: images are given and taken as convolutions store them, and nobody else puts them in order either. */
export const stored = (x: tf.Tensor): tf.Tensor => tf.transpose(x, [0, 2, 3, 1]);

function convForward(): Promise<Case> {
  const [w1, w2] = [held(filter(0)), held(filter(1))];
  const forward = (z: tf.Tensor, x: tf.Tensor) =>
    tf.transpose(conv(stored(z), stored(x), w1, w2), [0, 3, 1, 2]);
  return compiledCase(forward, [numbers([1, 64, 128, 128]), numbers([1, 64, 128, 128], { offset: 2 })]);
}

function convGradient(): Promise<Case> {
  const gradient = (z: tf.Tensor, x: tf.Tensor, w1: tf.Tensor, w2: tf.Tensor): tf.Tensor => {
    const loss = (a: tf.Tensor, b: tf.Tensor) => tf.sum(conv(stored(z), stored(x), a, b));
    const [g1, g2] = tf.grads(loss)([w1, w2]);
    return tf.add(tf.sum(g1!), tf.sum(g2!));
  };
  const inputs = [
    numbers([1, 64, 128, 128]),
    numbers([1, 64, 128, 128], { offset: 2 }),
    filter(0),
    filter(1),
  ];
  return compiledCase(gradient, inputs);
}

/** Kept along each axis by the Fourier layer. */
export const MODES = 12;

const spectrum = (): HostArray => spectralWeights(numbers([2, 32, 32, 2 * MODES, MODES], { scale: 0.05 }));

/** PyTorch's `[2, in, out, 2·modes, modes]` as `[2, 2·modes·modes, in, out]`. */
export function spectralWeights(given: HostArray): HostArray {
  const { data } = transposed(given, [0, 3, 4, 1, 2]);
  return { data, shape: [2, 2 * MODES * MODES, 32, 32] };
}

function fourierForward(): Promise<Case> {
  const weights = held(spectrum());
  return compiledCase(
    (x: tf.Tensor) => spectralConvolution(x, { weights }, MODES),
    [numbers([8, 32, 64, 64])],
  );
}

function fourierGradient(): Promise<Case> {
  const gradient = (x: tf.Tensor, weights: tf.Tensor): tf.Tensor[] => {
    const loss = (a: tf.Tensor, b: tf.Tensor) =>
      tf.sum(tf.square(spectralConvolution(a, { weights: b }, MODES)));
    const [ofImage, ofWeights] = tf.grads(loss)([x, weights]);
    return [ofImage!, ofWeights!];
  };
  return compiledCase(gradient, [numbers([8, 32, 64, 64]), spectrum()]).then((all) => ({
    ...all,
    // The other side compares the gradient of the image.
    run: async () => (await all.run()).slice(0, 1),
  }));
}

function messagePassing(): Promise<Case> {
  const [edges, nodes] = [100_000, 5_000];
  const source = integers(edges, nodes);
  const target = source.toReversed();
  const pass = (values: tf.Tensor, weight: tf.Tensor): tf.Tensor =>
    tf.unsortedSegmentSum(
      tf.mul(tf.gather(values, tf.tensor1d(source, 'int32')), weight),
      tf.tensor1d(target, 'int32'),
      nodes,
    );
  return compiledCase(pass, [numbers([nodes, 32]), numbers([edges, 1])]);
}

type Weights = {
  readonly qkv: tf.Tensor;
  readonly out: tf.Tensor;
  readonly up: tf.Tensor;
  readonly down: tf.Tensor;
};

const WEIGHTS = {
  qkv: numbers([256, 768], { scale: 0.03 }),
  out: numbers([256, 256], { scale: 0.03 }),
  up: numbers([256, 1024], { scale: 0.03 }),
  down: numbers([1024, 256], { scale: 0.03 }),
};

function transformer(x: tf.Tensor, { qkv, out, up, down }: Weights): tf.Tensor {
  const dense = (t: tf.Tensor, w: tf.Tensor): tf.Tensor => {
    const [batch = 0, tokens = 0, features = 0] = t.shape;
    return tf.reshape(tf.matMul(tf.reshape(t, [batch * tokens, features]), w), [batch, tokens, w.shape[1]!]);
  };
  const [queries, keys, values] = tf.split(dense(layerNorm(x), qkv), 3, 2) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const seen = tf.add(x, dense(attention({ queries, keys, values }, { heads: 8 }), out));
  return tf.add(seen, dense(tf.relu(dense(layerNorm(seen), up)), down));
}

function transformerForward(): Promise<Case> {
  const weights = Object.fromEntries(Object.entries(WEIGHTS).map(([name, w]) => [name, held(w)]));
  return compiledCase(
    (x: tf.Tensor) => transformer(x, weights as unknown as Weights),
    [numbers([8, 128, 256])],
  );
}

function transformerStep(): Promise<Case> {
  const step = (x: tf.Tensor, qkv: tf.Tensor, out: tf.Tensor, up: tf.Tensor, down: tf.Tensor): tf.Tensor => {
    const all = [qkv, out, up, down];
    const loss = (...ws: tf.Tensor[]) => {
      const [a, b, c, d] = ws as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.mean(tf.square(transformer(x, { qkv: a, out: b, up: c, down: d })));
    };
    const grads = tf.grads(loss)(all);
    return tf.stack(all.map((w, i) => tf.sum(tf.sub(w, tf.mul(grads[i]!, 0.1)))));
  };
  return compiledCase(step, [numbers([8, 128, 256]), ...Object.values(WEIGHTS)]);
}

function largeProduct(): Promise<Case> {
  const product = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b);
  return compiledCase(product, [numbers([1024, 1024]), numbers([1024, 1024], { offset: 1 })]);
}

/** By name; the last is not compared, but tells the machine's limit. */
export const CASES: Readonly<Record<string, () => Promise<Case>>> = {
  'tanh-loop': tanhLoop,
  'conv-forward': convForward,
  'conv-gradient': convGradient,
  'fourier-forward': fourierForward,
  'fourier-gradient': fourierGradient,
  'message-passing': messagePassing,
  'transformer-forward': transformerForward,
  'transformer-step': transformerStep,
  'large-product': largeProduct,
};
