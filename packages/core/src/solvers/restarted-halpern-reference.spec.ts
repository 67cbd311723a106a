import * as tf from '@tensorflow/tfjs';
import { restartedHalpern, type RestartedHalpernOptions } from './restarted-halpern.ts';
import { solve } from './solve.ts';

type Point = readonly [number, number];
type Rule = 'first' | 'sufficient' | 'necessary' | 'artificial' | 'none';

/** Half of a turn by 0.4 and half of staying: firmly non-expansive about the origin, and slow. */
const [C, S] = [Math.cos(0.4), Math.sin(0.4)];
const map = ([a, b]: Point): Point => [(a + C * a + S * b) / 2, (b - S * a + C * b) / 2];
const traced = (z: tf.Tensor): tf.Tensor => {
  const turned = tf.matMul(z, [
    [C, -S],
    [S, C],
  ]);
  return tf.div(tf.add(z, turned), 2);
};

const WEIGHT = 3;
const distance = ([a, b]: Point, [c, d]: Point): number => Math.hypot(a - c, WEIGHT * (b - d));

/** The documented algorithm on plain numbers: the point after each epoch, and the rule by which each began. */
function reference(z0: Point, epochs: number, options: Required<RestartedHalpernOptions>) {
  const { epoch, isReflected, sufficient, necessary, artificial } = options;
  const points: Point[] = [];
  const rules: Rule[] = [];
  let [anchor, inner, point] = [z0, z0, z0];
  let [k, total, firstError, previousError, error] = [0, 0, Infinity, Infinity, Infinity];
  const next = (): Point => {
    const part = (k + 1) / (k + 2);
    const to = point.map((p, i) => (isReflected ? 2 * p - inner[i]! : p));
    return anchor.map((a, i) => a + part * (to[i]! - a)) as unknown as Point;
  };
  const apply = (from: Point): void => {
    inner = from;
    point = map(from);
  };
  const ruleAt = (): Rule => {
    if (total === 0) return 'first';
    if (error <= sufficient * firstError) return 'sufficient';
    if (error <= necessary * firstError && error > previousError) return 'necessary';
    return k >= artificial * total ? 'artificial' : 'none';
  };
  for (let e = 0; e < epochs; e++) {
    const rule = ruleAt();
    rules.push(rule);
    previousError = rule === 'none' ? error : Infinity;
    if (rule === 'none') {
      const start = next();
      k += 1;
      apply(start);
    } else {
      anchor = point;
      apply(point);
      k = 0;
      firstError = distance(inner, point);
    }
    for (let i = 1; i < epoch; i++) {
      const start = next();
      apply(start);
      k += 1;
    }
    total += epoch;
    error = distance(inner, point);
    points.push(point);
  }
  return { points, rules };
}

const tuning = {
  initial: () => ({}),
  retune: () => ({}),
  distance: (a: tf.Tensor, b: tf.Tensor) => {
    const weighted = tf.mul(tf.sub(a, b), [[1, WEIGHT]]);
    return tf.sqrt(tf.sum(tf.square(weighted), 1));
  },
};

const settings: Required<RestartedHalpernOptions>[] = [
  { epoch: 4, isReflected: true, sufficient: 0.2, necessary: 0.8, artificial: 0.36 },
  { epoch: 3, isReflected: true, sufficient: 0.02, necessary: 0.9, artificial: 0.9 },
  { epoch: 5, isReflected: false, sufficient: 0.5, necessary: 0.8, artificial: 0.9 },
  { epoch: 2, isReflected: true, sufficient: 0.01, necessary: 0.99, artificial: 0.2 },
];

describe('restartedHalpern beside its algorithm on plain numbers', () => {
  it.each(settings)('is at the same point after every epoch: %j', async (options) => {
    const z0: Point = [5, -3];
    const { points } = reference(z0, 12, options);
    for (const [i, [a, b]] of points.entries()) {
      const { value } = await solve(traced, tf.tensor2d([[...z0]]), restartedHalpern(tuning, options), {
        maxSteps: i + 1,
        stop: (z) => tf.zeros([z.shape[0]], 'bool'),
        stagnation: false,
        cycling: false,
      });
      const [x, y] = value.dataSync();
      expect(Math.hypot(x! - a, y! - b)).toBeLessThan(1e-5);
    }
  });

  it('meets every rule in these runs', () => {
    const met = settings.flatMap((options) => reference([5, -3], 12, options).rules);
    expect(new Set(met)).toEqual(new Set<Rule>(['first', 'sufficient', 'necessary', 'artificial', 'none']));
  });
});
