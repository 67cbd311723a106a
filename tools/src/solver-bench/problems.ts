/** Fixed-point problems of different character, for comparing solvers. */
import {
  constant,
  fold,
  fromSeed,
  normal,
  reciprocal,
  residualBelow,
  toTensor,
  type StopRule,
} from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';

/** One tensor or several. */
export type State = { readonly [leaf: string]: tf.Tensor };

/** A batch of fixed-point problems; tensors are float32 with the batch on axis 0. */
export type Problem = {
  readonly name: string;
  /** What makes it easy or hard. */
  readonly character: string;
  readonly z0: State;
  /** What differs from sample to sample, handed to the compiled solve. */
  readonly context: State;
  readonly map: (context: State) => (z: State) => State;
  readonly stop: StopRule<State>;
};

const key = fromSeed(0);
const noise = (name: string, shape: number[], std = 1): tf.Tensor =>
  toTensor(normal(fold(key, name), shape, { std }));
const residual = (absolute: number): StopRule<State> => residualBelow<State>({ absolute, relative: 0 });

/** The problems by name; each call makes tensors of its own. */
export const PROBLEMS: Readonly<Record<string, () => Problem>> = {
  'linear, well conditioned': () =>
    linear('linear, well conditioned', {
      rates: tf.linspace(-0.5, 0.5, 32),
      character: 'eigenvalues in [−0.5, 0.5], 16 × 32',
    }),
  'linear, ill conditioned': () =>
    linear('linear, ill conditioned', {
      rates: tf.sub(1, tf.pow(10, tf.linspace(-2.5, 0, 32))),
      character: 'eigenvalues up to 0.997, spread over 2.5 decades of 1 − λ, 16 × 32',
    }),
  'tanh recurrence': tanhRecurrence,
  'stiff reciprocal': stiffReciprocal,
  rotation,
  'steep cosine': steepCosine,
  'Chandrasekhar H': chandrasekhar,
  Bratu: bratu,
  'two-scale convolution': twoScaleConvolution,
};

/** `z ← z·Q diag(rates) Qᵀ + x` with the reflection `Q`. */
function linear(
  name: string,
  { rates, character }: { readonly rates: tf.Tensor; readonly character: string },
): Problem {
  const n = rates.shape[0];
  const v = noise('reflection', [n, 1]);
  const Q = tf.sub(tf.eye(n), tf.mul(tf.div(2, tf.sum(tf.square(v))), tf.matMul(v, v, false, true)));
  const W = tf.matMul(tf.mul(Q, tf.reshape(rates, [1, n])), Q, false, true);
  return {
    name,
    character,
    z0: { z: tf.zeros([16, n]) },
    context: { x: noise(name, [16, n]) },
    map:
      ({ x }) =>
      ({ z }) => ({ z: tf.add(tf.matMul(z!, W), x!) }),
    // Rounding leaves about 1e-4 where the fixed point is of size 300.
    stop: residual(1e-3),
  };
}

function tanhRecurrence(): Problem {
  const n = 512;
  const W = noise('recurrence', [n, n], 0.9 / Math.sqrt(n));
  return {
    name: 'tanh recurrence',
    character: '`z ← tanh(zW + x)`, spectral radius of W 0.9, 64 × 512',
    z0: { z: tf.zeros([64, n]) },
    context: { x: noise('input', [64, n]) },
    map:
      ({ x }) =>
      ({ z }) => ({ z: tf.tanh(tf.add(tf.matMul(z!, W), x!)) }),
    stop: residual(1e-3),
  };
}

function stiffReciprocal(): Problem {
  const operator = reciprocal();
  return {
    name: 'stiff reciprocal',
    character: '`y ← y − (xy − 1)/2`, x from 0.01 to 1, contraction factors 0.5 to 0.995, 64 scalars',
    z0: { z: tf.zeros([64, 1]) },
    context: { x: tf.reshape(tf.linspace(0.01, 1, 64), [64, 1]) },
    map:
      ({ x }) =>
      ({ z }) => ({ z: operator.apply({}, z!, x!) }),
    stop: residual(1e-5),
  };
}

function rotation(): Problem {
  const samples = 16;
  const angle = tf.reshape(tf.linspace(Math.PI / 2, Math.PI, samples), [samples, 1]);
  return {
    name: 'rotation',
    character: 'eigenvalues e^{±iφ}, φ from 90° to 180° (a 2-cycle): not expansive, no contraction, 16 × 2',
    z0: { a: tf.zeros([samples, 1]), b: tf.zeros([samples, 1]) },
    context: { cos: tf.cos(angle), sin: tf.sin(angle) },
    map:
      ({ cos, sin }) =>
      ({ a, b }) => ({
        a: tf.add(tf.sub(tf.mul(cos!, a!), tf.mul(sin!, b!)), tf.scalar(1)),
        b: tf.add(tf.add(tf.mul(sin!, a!), tf.mul(cos!, b!)), tf.scalar(1)),
      }),
    stop: residual(1e-4),
  };
}

function steepCosine(): Problem {
  const n = 16;
  const W = tf.mul(noise('cosine', [n, n]), constant(1.5 / Math.sqrt(n)));
  return {
    name: 'steep cosine',
    character: '`z ← cos(zW + x)`, spectral radius of W 1.5: no contraction, several fixed points, 16 × 16',
    z0: { z: tf.zeros([16, n]) },
    context: { x: noise('phase', [16, n]) },
    map:
      ({ x }) =>
      ({ z }) => ({ z: tf.cos(tf.add(tf.matMul(z!, W), x!)) }),
    stop: residual(1e-4),
  };
}

/** Kelley, Iterative Methods for Linear and Nonlinear Equations (1995), §5.6: the midpoint rule on 100 nodes. */
function chandrasekhar(): Problem {
  const n = 100;
  const nodes = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
  const kernel = tf.tensor2d(nodes.map((mu) => nodes.map((nu) => mu / (2 * n * (mu + nu)))));
  const c = [0.5, 0.9, 0.99, 0.9999];
  return {
    name: 'Chandrasekhar H',
    character: '`H ← 1/(1 − c·KH)`, c = 0.5, 0.9, 0.99, 0.9999: nearly singular at the last, 4 × 100',
    z0: { z: tf.ones([c.length, n]) },
    context: { c: tf.tensor2d(c, [c.length, 1]) },
    map:
      ({ c: albedo }) =>
      ({ z }) => ({
        z: tf.reciprocal(tf.sub(tf.scalar(1), tf.mul(albedo!, tf.matMul(z!, kernel, false, true)))),
      }),
    stop: residual(1e-4),
  };
}

/** `−Δu = λeᵘ` on the unit square, zero on its boundary, by five points and Jacobi's iteration. */
function bratu(): Problem {
  const n = 16;
  const h = 1 / (n + 1);
  const lambda = [1, 3, 5, 6.5];
  const batch = lambda.length;
  return {
    name: 'Bratu',
    character: "`−Δu = λeᵘ` by Jacobi's iteration, λ = 1, 3, 5, 6.5 (the fold is at 6.8), 4 × 16 × 16",
    z0: { u: tf.zeros([batch, n, n]) },
    context: { lambda: tf.tensor3d(lambda, [batch, 1, 1]) },
    map:
      (context) =>
      ({ u }) => {
        const padded = tf.pad(u!, [
          [0, 0],
          [1, 1],
          [1, 1],
        ]);
        const from = (row: number, column: number) => tf.slice(padded, [0, row, column], [batch, n, n]);
        const sum = tf.add(tf.add(from(0, 1), from(2, 1)), tf.add(from(1, 0), from(1, 2)));
        const source = tf.mul(tf.mul(constant(h * h), context['lambda']!), tf.exp(u!));
        return { u: tf.mul(constant(0.25), tf.add(sum, source)) };
      },
    stop: residual(1e-4),
  };
}

function twoScaleConvolution(): Problem {
  const channels = 8;
  const filter = (name: string, size: number) =>
    noise(name, [3, 3, channels, channels], size / Math.sqrt(9 * channels)) as tf.Tensor4D;
  const [own, up, down, coarseOwn] = [
    filter('fine', 0.7),
    filter('up', 0.4),
    filter('down', 0.4),
    filter('coarse', 0.7),
  ];
  const conv = (x: tf.Tensor, w: tf.Tensor4D, stride = 1) => tf.conv2d(x as tf.Tensor4D, w, stride, 'same');
  // Not resizeNearestNeighbor, whose gradient has none: Newton needs it.
  const double = (x: tf.Tensor, w: tf.Tensor4D) =>
    tf.conv2dTranspose(x as tf.Tensor4D, w, [4, 16, 16, channels], 2, 'same');
  return {
    name: 'two-scale convolution',
    character: 'tanh of 3 × 3 convolutions between two images, a state of two tensors, 4 × (16² + 8²) × 8',
    z0: { fine: tf.zeros([4, 16, 16, channels]), coarse: tf.zeros([4, 8, 8, channels]) },
    context: { x: noise('image', [4, 16, 16, channels]) },
    map:
      ({ x }) =>
      ({ fine, coarse }) => ({
        fine: tf.tanh(tf.add(tf.add(conv(fine!, own), double(coarse!, up)), x!)),
        coarse: tf.tanh(tf.add(conv(coarse!, coarseOwn), conv(fine!, down, 2))),
      }),
    stop: residual(1e-3),
  };
}
