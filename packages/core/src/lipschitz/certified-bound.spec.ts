import * as tf from '@tensorflow/tfjs';
import type { HostArray } from '@equilibria/compile';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { activations } from './activations.ts';
import { certifiedBound, circularConvolutionLayer, denseLayer, scaling, sumOf } from './certified-bound.ts';
import { jacobianNorm } from './jacobian-norm.ts';

const key = fromSeed(15);
const draw = (name: string, shape: number[], std = 1): HostArray => normal(fold(key, name), shape, { std });

/** `φ′` in float64, by formulas of their own. */
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const bell = (x: number): number => Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
/** `Φ(x) = ½ + N(x)·(x + x³/3 + x⁵/(3·5) + …)`. */
const normalBelow = (x: number): number => {
  let [term, sum] = [x, x];
  for (let k = 1; k < 200; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 + bell(x) * sum;
};
const SLOPES: readonly (readonly [keyof typeof activations, (x: number) => number])[] = [
  ['tanh', (x) => 1 - Math.tanh(x) ** 2],
  ['sigmoid', (x) => sigmoid(x) * (1 - sigmoid(x))],
  ['softsign', (x) => 1 / (1 + Math.abs(x)) ** 2],
  ['sin', (x) => Math.cos(x)],
  ['gelu', (x) => normalBelow(x) + x * bell(x)],
  [
    'geluTanh',
    (x) => {
      const c = Math.sqrt(2 / Math.PI);
      const t = Math.tanh(c * (x + 0.044715 * x ** 3));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
    },
  ],
  ['silu', (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x)))],
  [
    'mish',
    (x) => {
      const t = Math.tanh(Math.log1p(Math.exp(x)));
      return t + x * (1 - t * t) * sigmoid(x);
    },
  ],
  ['selu', (x) => 1.0507009873554805 * (x > 0 ? 1 : 1.6732632423543772 * Math.exp(x))],
];

/** The functions themselves, those of TF.js where it has them. */
const FUNCTIONS: readonly (readonly [keyof typeof activations, (x: tf.Tensor) => tf.Tensor])[] = [
  ['identity', tf.clone],
  ['relu', tf.relu],
  ['relu6', tf.relu6],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.2)],
  ['elu', tf.elu],
  ['selu', tf.selu],
  ['tanh', tf.tanh],
  ['sigmoid', tf.sigmoid],
  ['softplus', tf.softplus],
  ['softsign', (x) => tf.div(x, tf.add(tf.abs(x), 1))],
  ['sin', tf.sin],
  ['gelu', (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1))],
  ['silu', (x) => tf.mul(x, tf.sigmoid(x))],
  ['mish', (x) => tf.mul(x, tf.tanh(tf.softplus(x)))],
];

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('activations', () => {
  it.each(SLOPES)('%s: the constant is the peak of |φ′|, in its last digits', (name, slope) => {
    const { lipschitz } = activations[name];
    const grid = Array.from({ length: 4001 }, (_, i) => (i - 2000) / 200);
    const at = grid.reduce((best, x) => (Math.abs(slope(x)) > Math.abs(slope(best)) ? x : best));
    let step = 1 / 200;
    let peak = at;
    while (step > 1e-9) {
      const better = [peak - step, peak + step].find((x) => Math.abs(slope(x)) > Math.abs(slope(peak)));
      if (better === undefined) step /= 2;
      else peak = better;
    }
    const most = Math.abs(slope(peak));
    expect(most).toBeLessThanOrEqual(lipschitz * (1 + 1e-15));
    expect(most).toBeGreaterThan(lipschitz * (1 - 1e-8));
  });

  it.each(FUNCTIONS)('%s: no difference quotient of TF.js exceeds it, and one comes near', (name, f) => {
    const { lipschitz } = activations[name];
    const h = 1 / 64;
    const values = f(tf.linspace(-16, 16, 2049)).dataSync();
    const ratios = Array.from({ length: 2048 }, (_, i) => Math.abs(values[i + 1]! - values[i]!) / h);
    expect(Math.max(...ratios)).toBeLessThan(lipschitz + 2e-4);
    expect(Math.max(...ratios)).toBeGreaterThan(lipschitz * 0.98);
  });

  it('softmax: half, reached at two equal probabilities and nowhere exceeded', () => {
    const norms = (x: tf.Tensor) =>
      jacobianNorm((at: tf.Tensor) => tf.softmax(at), x, toTensor(draw('s', x.shape)));
    expectClose(norms(tf.tensor2d([[0, 0, -30]])).value, [0.5]);
    expect(Math.max(...norms(toTensor(draw('many', [200, 3], 3))).value.dataSync())).toBeLessThan(0.5 + 1e-6);
  });

  it('lists every activation under its own name, each tested above', () => {
    for (const [name, layer] of Object.entries(activations)) expect(layer.name).toBe(name);
    const tested = new Set<string>([...SLOPES, ...FUNCTIONS].map(([name]) => name));
    expect(Object.keys(activations).filter((name) => !tested.has(name))).toEqual(['softmax']);
  });
});

describe('certifiedBound', () => {
  it('is exact for one linear layer, and for a stack whose layers stretch most the same vector', () => {
    const W = { data: [3, 0, 0, 1], shape: [2, 2] };
    const diagonal = certifiedBound([denseLayer(W), scaling(-2), denseLayer(W)]);
    expectClose(diagonal.bound, 18, { rtol: 1e-12 });
    expect(diagonal.layers.map(({ name }) => name)).toEqual(['dense [2, 2]', 'times -2', 'dense [2, 2]']);
    const single = draw('single', [5, 3]);
    const { value } = jacobianNorm(
      (x: tf.Tensor) => tf.matMul(x, toTensor(single)),
      tf.zeros([1, 5]),
      toTensor(draw('start', [1, 5])),
      { steps: 200 },
    );
    expectClose(value, [certifiedBound([denseLayer(single)]).bound], { rtol: 1e-5 });
  });

  it('is 1 for no layer, and 0 for a constant whatever else there is', () => {
    expect(certifiedBound([]).bound).toBe(1);
    const unbounded = { name: 'square', lipschitz: Infinity };
    expect(certifiedBound([unbounded]).bound).toBe(Infinity);
    expect(certifiedBound([unbounded, scaling(0)]).bound).toBe(0);
  });

  it('adds branches: a residual block of the negative identity is bounded by 2, though it is 0', () => {
    const { lipschitz, name } = sumOf([[], [scaling(-1)]]);
    expectClose(lipschitz, 2, { rtol: 1e-12 });
    expect(name).toBe('sum of 2');
    expect(sumOf([]).lipschitz).toBe(0);
  });

  it.each(['tanh', 'gelu', 'silu', 'selu'] as const)(
    'is never below the measured norm of a residual network: %s',
    (name) => {
      const phi = new Map(FUNCTIONS).get(name)!;
      const [A, B, C] = [draw('A', [4, 8]), draw('B', [8, 4]), draw('C', [4, 3])];
      const network = (x: tf.Tensor): tf.Tensor => {
        const branch = tf.matMul(phi(tf.matMul(x, toTensor(A))), toTensor(B));
        return tf.matMul(tf.add(x, tf.mul(branch, 0.5)), toTensor(C));
      };
      const block = sumOf([[], [denseLayer(A), activations[name], denseLayer(B), scaling(0.5)]]);
      const { bound } = certifiedBound([block, denseLayer(C)]);
      const { value } = jacobianNorm(network, toTensor(draw('x', [50, 4], 2)), toTensor(draw('s', [50, 4])));
      const most = Math.max(...value.dataSync());
      expect(most).toBeLessThan(bound);
      expect(most).toBeGreaterThan(bound / 10);
    },
  );

  it('takes circular convolutions', () => {
    const layer = circularConvolutionLayer({ data: [1, -1], shape: [1, 2, 1, 1] }, { height: 1, width: 4 });
    expect(layer.name).toBe('circular convolution [1, 2, 1, 1] on 1 × 4');
    expectClose(certifiedBound([layer, layer]).bound, 4, { rtol: 1e-12 });
  });

  it('refuses a constant that is none', () => {
    expect(() => certifiedBound([{ name: 'odd', lipschitz: NaN }])).toThrow(
      "certifiedBound: the constant of 'odd' must be >= 0; got NaN.",
    );
  });
});
