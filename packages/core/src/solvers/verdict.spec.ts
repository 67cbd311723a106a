import * as tf from '@tensorflow/tfjs';
import { expectClose } from '../testing/expect-close.ts';
import { affine, column } from '../testing/sample-maps.ts';
import { scripted } from '../testing/scripted-solver.ts';
import { picard } from './picard.ts';
import { solve } from './solve.ts';
import { residualBelow } from './stop-rule.ts';

type Vector = tf.Tensor;

/** Row 0 is mapped by `strange`, the others by `z/2 + 1`, whose fixed point is 2. */
const oneStrange =
  (strange: (z: Vector) => Vector) =>
  (z: Vector): Vector => {
    const [odd, rest] = tf.split(z, [1, z.shape[0] - 1]);
    return tf.concat([strange(odd!), tf.add(tf.div(rest!, 2), 1)]);
  };

const tight = residualBelow<Vector>({ absolute: 1e-6, relative: 0 });

describe('verdicts', () => {
  const all = { stop: tight, maxSteps: 400 };
  const strangers: [string, (z: Vector) => Vector, number][] = [
    ['diverged', (z) => tf.mul(z, 3), 1],
    ['cycling', (z) => tf.neg(z), 1],
    ['stagnated', (z) => tf.add(z, 1), 0],
    ['non-finite', (z) => tf.sqrt(tf.sub(z, 1)), 1.9],
    ['non-finite', (z) => tf.log(z), -1],
  ];

  it.each(strangers)(
    'says %s of one sample and leaves the others bit-identical',
    async (verdict, f, start) => {
      const rest = await solve(oneStrange(f), column(2, 0, -7), picard(), { ...all, maxSteps: 400 });
      const result = await solve(oneStrange(f), column(start, 0, -7), picard(), all);
      expect(result.status).toEqual([verdict, 'converged', 'converged']);
      expect(result.value.dataSync().slice(1)).toEqual(rest.value.dataSync().slice(1));
      expect(result.residual.slice(1)).toEqual(rest.residual.slice(1));
      expect(result.steps.slice(1)).toEqual(rest.steps.slice(1));
    },
  );

  it('returns the last iterate with a finite residual, never the NaN one', async () => {
    // 1.9 → 0.9486… → √(negative).
    const result = await solve((z: Vector) => tf.sqrt(tf.sub(z, 1)), column(1.9), picard(), all);
    expect(result.status).toEqual(['non-finite']);
    expectClose(result.value, [1.9]);
    expectClose(result.residual, [1.9 - Math.sqrt(0.9)]);
    expect(result.residuals.map((row) => Number.isNaN(row[0]))).toEqual([false, true]);
  });

  it('returns the last sound iterate when the budget ends on a NaN', async () => {
    const f = (z: Vector) => tf.sqrt(tf.sub(z, 1));
    const result = await solve(f, column(1.9), picard(), { stop: tight, maxSteps: 1 });
    expect(result.status).toEqual(['non-finite']);
    expectClose(result.value, [1.9]);
    expectClose(result.residual, [1.9 - Math.sqrt(0.9)]);
  });

  it('returns z0 if nothing about it is finite', async () => {
    const result = await solve(affine([0.5]), column(NaN), picard(), all);
    expect(result.status).toEqual(['non-finite']);
    expectClose(result.value, [NaN]);
    expectClose(result.residual, [NaN]);
  });

  it('says non-finite also where the stop rule takes a NaN for small', async () => {
    const careless = (_z: Vector, _image: Vector, residual: tf.Tensor) =>
      tf.logicalNot(tf.greater(residual, 1e-3));
    const f = (z: Vector) => tf.sqrt(tf.sub(z, 1));
    const result = await solve(f, column(1.9), picard(), { stop: careless, maxSteps: 9 });
    expect(result.status).toEqual(['non-finite']);
  });

  it('says non-finite of an infinite residual', async () => {
    const result = await solve((z: Vector) => tf.div(1, z), column(0), picard(), all);
    expect(result.status).toEqual(['non-finite']);
  });

  it('measures divergence against max(r_0, ‖z_0‖), so a warm start may lose ground', async () => {
    // From 1 + 1e-5 the residual of z² grows from 1e-5 without bound, and ‖z_0‖ is about 1.
    const square = (z: Vector) => tf.square(z);
    const options = { ...all, divergence: { factor: 100 } };
    const result = await solve(square, column(1 + 1e-5), picard(), options);
    expect(result.status).toEqual(['diverged']);
    expect(result.residual[0]).toBeGreaterThan(100);
    const before = result.residuals.slice(0, -1).map((row) => row[0]!);
    expect(Math.max(...before)).toBeLessThan(101);
  });

  it('measures divergence against r_0 when z_0 is 0', async () => {
    const options = { ...all, divergence: { factor: 100 } };
    const result = await solve(affine([2], 1000), column(0), picard(), options);
    // r_k = 1000·2^k exceeds 100·1000 first at k = 7.
    expect([result.status, result.steps[0]]).toEqual([['diverged'], 7]);
  });

  it('finds a cycle of three', async () => {
    const rotate = (z: Vector) => tf.concat([tf.slice(z, [0, 1], [1, 2]), tf.slice(z, [0, 0], [1, 1])], 1);
    const result = await solve(rotate, tf.tensor2d([[1, 2, 4]]), picard(), all);
    // Anchors at 1, 2, 4; back at z_4 after three steps.
    expect([result.status, result.steps[0]]).toEqual([['cycling'], 7]);
  });

  it('finds a cycle of twelve, whose steps are shorter than the way round', async () => {
    const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const W = tf.tensor2d([
      [c, s],
      [-s, c],
    ]);
    const result = await solve((z: Vector) => tf.matMul(z, W), tf.tensor2d([[1, 0]]), picard(), all);
    // The first anchor that lasts for twelve tests is that at 16.
    expect([result.status, result.steps[0]]).toEqual([['cycling'], 28]);
  });

  it('finds a cycle that closes between two tests', async () => {
    const options = { ...all, checkEvery: 2 };
    const result = await solve((z: Vector) => tf.neg(z), column(1), picard(), options);
    expect([result.status, result.steps[0]]).toEqual([['cycling'], 4]);
  });

  it.each([1e-4, 5e-5])('does not take slow progress for a cycle: damping %d', async (damping) => {
    const options = { ...all, stagnation: false } as const;
    const result = await solve(affine([0.5], 0), column(1), picard({ damping }), options);
    expect(result.status).toEqual(['budget']);
    expectClose(result.value, [(1 - damping / 2) ** 400], { rtol: 1e-4 });
  });

  it('tells a slow spiral from a cycle by the tolerance', async () => {
    const c = 0.9995;
    const W = tf.tensor2d([
      [0, c],
      [-c, 0],
    ]);
    const result = await solve((z: Vector) => tf.matMul(z, W), tf.tensor2d([[1, 0]]), picard(), {
      ...all,
      cycling: { tolerance: 1e-2 },
      stagnation: false,
    });
    expect(result.status).toEqual(['cycling']);
    const sharper = await solve((z: Vector) => tf.matMul(z, W), tf.tensor2d([[1, 0]]), picard(), {
      ...all,
      stagnation: false,
    });
    expect(sharper.status).toEqual(['budget']);
  });

  it('does not call a converging alternation cycling, however close its iterates are to the anchor', async () => {
    // Steps stay large against the distance to the anchor, but r falls by 2 % in two steps.
    const result = await solve(affine([-0.99], 0), column(1), picard(), {
      ...all,
      cycling: { tolerance: 0.012 },
      stop: residualBelow<Vector>({ absolute: 1e-2, relative: 0 }),
      maxSteps: 600,
    });
    expect(result.status).toEqual(['converged']);
  });

  it('does not take an excursion for a cycle that closes less near than the residual tells', async () => {
    // The residual is 1 everywhere. Back at the anchor of test 4 to 1e-3, after a step of 100, and then to 1e-5.
    const run = (back: number) =>
      solve((z: Vector) => tf.add(z, 1), column(9), scripted(8, 7, 6, 0, 100, back, 200), {
        ...all,
        maxSteps: 7,
      });
    expect((await run(1e-3)).status).toEqual(['budget']);
    const closed = await run(1e-5);
    expect([closed.status, closed.steps[0]]).toEqual([['cycling'], 6]);
  });

  it('counts the largest step since the anchor, not the last', async () => {
    // Back at the anchor 0 of test 4 only after a last, small step.
    const points = [8, 7, 6, 0, 100, 1.05e-4, 0.95e-4, 200];
    const { status, steps } = await solve((z: Vector) => tf.add(z, 1), column(9), scripted(...points), all);
    expect([status, steps[0]]).toEqual([['cycling'], 7]);
  });

  it('counts the steps since the anchor only', async () => {
    // After a first step of 100 it creeps, by steps far smaller than the residual.
    const points = Array.from({ length: 9 }, (_, k) => k * 1e-5);
    const creep = scripted(...points);
    const { status } = await solve((z: Vector) => tf.add(z, 1), column(100), creep, { ...all, maxSteps: 9 });
    expect(status).toEqual(['budget']);
  });

  it('has the defaults that are documented', async () => {
    const run = (f: (z: Vector) => Vector, maxSteps: number) =>
      solve(f, column(1), picard(), { stop: tight, maxSteps });
    // r_k = 2·3^k exceeds 10⁴·r_0 first at 9.
    const diverged = await run((z) => tf.mul(z, 3), 20);
    expect([diverged.status, diverged.steps[0]]).toEqual([['diverged'], 9]);
    // In 100 tests the residual falls by 9.5 %, and by 0.5 %.
    expect((await run(affine([0.999], 10), 130)).status).toEqual(['budget']);
    const stagnated = await run(affine([0.99995], 10), 130);
    expect([stagnated.status, stagnated.steps[0]]).toEqual([['stagnated'], 100]);
  });

  it('stagnates after `window` tests without improvement, not before', async () => {
    const result = await solve((z: Vector) => tf.add(z, 1), column(0), picard(), {
      ...all,
      stagnation: { window: 7, improvement: 0.1 },
    });
    expect([result.status, result.steps[0]]).toEqual([['stagnated'], 7]);
  });

  it('counts an improvement against the last mark, so slow progress adds up', async () => {
    // r falls by 1 % a step: below 0.9 of the mark after 11 steps.
    const f = affine([0.99]);
    const patient = { window: 12, improvement: 0.1 };
    const hasty = { window: 10, improvement: 0.1 };
    const options = { ...all, maxSteps: 200 };
    expect((await solve(f, column(0), picard(), { ...options, stagnation: patient })).status).toEqual([
      'budget',
    ]);
    const result = await solve(f, column(0), picard(), { ...options, stagnation: hasty });
    expect([result.status, result.steps[0]]).toEqual([['stagnated'], 10]);
  });

  it('turns each check off', async () => {
    const off = { stop: tight, maxSteps: 30, divergence: false, cycling: false, stagnation: false } as const;
    for (const [verdict, f, start] of strangers.slice(0, 3)) {
      const options = { ...off, stagnation: { window: 10, improvement: 0.01 } };
      const chosen = verdict === 'stagnated' ? off : { ...options, stagnation: false as const };
      expect((await solve(f, column(start), picard(), chosen)).status).toEqual(['budget']);
    }
  });

  it('prefers cycling to stagnated', async () => {
    const options = { ...all, stagnation: { window: 4, improvement: 0 } };
    const result = await solve((z: Vector) => tf.neg(z), column(1), picard(), options);
    expect([result.status, result.steps[0]]).toEqual([['cycling'], 4]);
  });

  it('prefers diverged to cycling', async () => {
    // 0, 1, 2, 3, 2.01: back at the anchor 2 when the residual, 1.05, exceeds that of the start for the first time.
    const f = (z: Vector) =>
      tf.where(
        tf.greater(z, 2.5),
        tf.scalar(2.01),
        tf.where(tf.greater(z, 2.005), tf.scalar(3.06), tf.add(z, 1)),
      );
    const options = { ...all, cycling: { tolerance: 0.1 } };
    const cycle = await solve(f, column(0), picard(), { ...options, divergence: false });
    expect([cycle.status, cycle.steps[0]]).toEqual([['cycling'], 4]);
    const result = await solve(f, column(0), picard(), { ...options, divergence: { factor: 1 } });
    expect([result.status, result.steps[0]]).toEqual([['diverged'], 4]);
  });

  it('prefers converged to every other verdict, and non-finite to converged', async () => {
    const always = (z: Vector) => tf.fill([z.shape[0]], 1, 'bool');
    const options = { stop: always, maxSteps: 9, stagnation: { window: 1, improvement: 0 } };
    expect((await solve(affine([0.5]), column(2), picard(), options)).status).toEqual(['converged']);
    expect((await solve(affine([0.5]), column(NaN), picard(), options)).status).toEqual(['non-finite']);
  });
});
