import * as tf from '@tensorflow/tfjs';
import { constant, type HostArray } from '@equilibria/compile';
import type { ImplicitOperator } from '../operators/implicit-operator.ts';
import { fold, fromSeed } from '../random/key.ts';
import { normal, toTensor } from '../random/samplers.ts';
import { expectClose } from '../testing/expect-close.ts';
import { expectNoLeak } from '../testing/expect-no-leak.ts';
import { column } from '../testing/sample-maps.ts';
import { reciprocal } from '../theory/reciprocal.ts';
import { checkRegularity, type CheckRegularityOptions } from './check-regularity.ts';
import { formatRegularity, type RegularityReport } from './regularity-report.ts';

const key = fromSeed(17);
const draw = (name: string, shape: number[], std = 1): HostArray => normal(fold(key, name), shape, { std });

type Operator<X extends tf.Tensor | { a: tf.Tensor; b: tf.Tensor }> = Pick<
  ImplicitOperator<Record<string, never>, tf.Tensor, X>,
  'name' | 'initialState' | 'apply'
>;

/** `z ← a·z + b` for an input of two columns: the rate of each sample is its own. */
const rates: Operator<{ a: tf.Tensor; b: tf.Tensor }> = {
  name: 'rates',
  initialState: ({ b }) => tf.zerosLike(b),
  apply: (_, z, { a, b }) => tf.add(tf.mul(a, z), b),
};
const at = (a: number[]) => ({ params: {}, x: { a: column(...a), b: column(...a.map(() => 1)) } });

/** Not normal: `‖W‖ > 1` though both eigenvalues are 0.5. */
const skew: Operator<tf.Tensor> = {
  name: 'skew',
  initialState: (x) => tf.zerosLike(x),
  apply: (_, z, x) => {
    const W = constant({ data: Float64Array.of(0.5, 0, 1.5, 0.5), shape: [2, 2] });
    return tf.add(tf.matMul(z, W), x);
  },
};

const quick: CheckRegularityOptions<tf.Tensor> = { key, steps: 60, radii: [1, 10, 100] };

/** A report made by hand, for sentences that no solve is needed to see. */
const row = {
  status: 'converged',
  residual: 1e-7,
  steps: 10,
  stateNorm: 1,
  contraction: 0.5,
  rate: 0.4,
  inputLipschitz: 1,
  bound: 2,
  sensitivity: 1.5,
  error: 1e-4,
} as const;

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('checkRegularity', () => {
  it('has the closed forms of the reciprocal operator in every row, and finds it regular', async () => {
    const xs = [1, 0.5, 0.25];
    const report = await checkRegularity(
      reciprocal(0.5),
      { params: {}, x: column(...xs) },
      {
        key,
        precision: 'float64',
        steps: 10,
        solveSteps: 200,
        stop: (_z, _image, r) => tf.less(r, constant(1e-12)),
      },
    );
    report.samples.forEach((sample, i) => {
      const x = xs[i]!;
      expect(sample.status).toBe('converged');
      const { contraction, rate, inputLipschitz, bound, sensitivity, stateNorm } = sample;
      // y* = 1/x, ∂G/∂y = 1 − ηx, ∂G/∂x = −ηy*; here the theorem's bound is attained.
      expectClose(
        [contraction!, rate!, inputLipschitz!, bound!, sensitivity!, stateNorm!],
        [1 - x / 2, 1 - x / 2, 0.5 / x, 1 / x ** 2, 1 / x ** 2, 1 / x],
        { rtol: 1e-6 },
      );
    });
    expectClose([report.growth.a!, report.growth.b!, report.growth.exponent!], [0, 0.5, 1], { atol: 1e-6 });
    expect(report.findings).toEqual([
      'Nothing measured at 3 samples speaks against regularity.',
      'contracts at all 3 samples: μ between 0.5 and 0.875',
      'near these samples the fixed point moves at most 16 times as far as the input; Theorem 2.5 allows up to 16, ' +
        'and the share of its own bound that a sample takes is 1',
      'Lip_x(G(z, ·)) grows at most linearly in ‖z‖: exponent 1.00 (1.00 to 1.00) for ‖z‖ between 1 and 1020, about 0 + 0.5‖z‖',
    ]);
  });

  it('tells convergence without contraction, where the theorem says nothing', async () => {
    const report = await checkRegularity(skew, { params: {}, x: tf.tensor2d([[1, 0.5]]) }, quick);
    const { contraction, rate, bound, sensitivity } = report.samples[0]!;
    // W = [[½, 0], [3/2, ½]] has trace(WᵀW) = 11/4 and determinant ¼; (1 − W)⁻¹ = [[2, 0], [6, 2]].
    const norm = (trace: number, determinant: number): number =>
      Math.sqrt((trace + Math.sqrt(trace ** 2 - 4 * determinant ** 2)) / 2);
    expectClose([contraction!, sensitivity!], [norm(11 / 4, 1 / 4), norm(44, 4)], { rtol: 1e-3 });
    expect(bound).toBeNull();
    expect(rate!).toBeLessThan(0.55);
    expect(report.findings.slice(0, 3)).toEqual([
      'Not regular as measured: it does not contract everywhere.',
      'contracts at 0 of 1 sample',
      `sample 0: μ = 1.65 ≥ 1 although Picard converges (rate ${Number(rate!.toPrecision(3))}): the theorem says nothing there`,
    ]);
  });

  it('says of a sample that was not solved how it ended, and gives it neither bound nor sensitivity', async () => {
    const report = await checkRegularity(rates, at([0.5, 1.5, -1]), { ...quick, maxSteps: 200 });
    expect(report.samples.map(({ status }) => status)).toEqual(['converged', 'diverged', 'cycling']);
    expect(report.samples.map(({ bound, sensitivity }) => [bound, sensitivity]).slice(1)).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(report.findings[0]).toBe('Regularity is not shown: 2 samples of 3 could not be solved.');
    expect(report.findings[1]).toMatch(
      /^sample 1: the solve ended as 'diverged' after \d+ steps with residual [\d.e+]+: its row is not about a fixed point$/,
    );
    expect(report.findings[3]).toBe('contracts at the only solved sample: μ 0.5');
  });

  it('takes no bound from a contraction at a point that is no fixed point', async () => {
    const { samples } = await checkRegularity(rates, at([0.5]), { ...quick, maxSteps: 2 });
    expect(samples[0]).toMatchObject({ status: 'budget', bound: null, sensitivity: null });
    expectClose(samples[0]!.contraction!, 0.5);
  });

  it('finds a growth that is faster than linear', async () => {
    const square: Operator<tf.Tensor> = {
      name: 'square',
      initialState: (x) => tf.zerosLike(x),
      apply: (_, z, x) => tf.mul(0.1, tf.add(tf.mul(tf.square(z), x), 1)),
    };
    const { findings, growth } = await checkRegularity(square, { params: {}, x: column(0.3, 0.6) }, quick);
    expect(growth.isAtMostLinear).toBe(false);
    expect(findings[0]).toBe(
      'Not regular as measured: its constant in x is not seen to grow at most linearly in ‖z‖.',
    );
    expect(findings.at(-1)).toMatch(
      /^Lip_x\(G\(z, ·\)\) grows faster than linearly in ‖z‖: exponent 2\.00 \(2\.00 to 2\.00\) for ‖z‖ between 1 and 100, about /,
    );
  });

  it('is the same compiled as eagerly, and leaves no tensors behind', async () => {
    const [W, U] = [draw('W', [4, 4], 0.25), draw('U', [3, 4], 0.5)];
    const layer: ImplicitOperator<{ b: tf.Tensor }, tf.Tensor, tf.Tensor> = {
      name: 'layer',
      init: () => ({ b: tf.zeros([4]) }),
      initialState: (x) => tf.zeros([x.shape[0], 4]),
      apply: ({ b }, z, x) =>
        tf.tanh(tf.add(tf.add(tf.matMul(z, constant(W)), tf.matMul(x, constant(U))), b)),
    };
    const samples = { params: { b: toTensor(draw('b', [4])) }, x: toTensor(draw('x', [5, 3])) };
    const reports: RegularityReport[] = [];
    for (const compiled of [true, false]) {
      await expectNoLeak(async () => {
        reports.push(
          await checkRegularity(layer, samples, { key, compiled, steps: 20, solveSteps: 40, radii: [1, 2] }),
        );
      });
    }
    const numbers = reports.map(({ samples: rows }) =>
      rows.map(({ residual: _noise, error: _change, ...rest }) => Object.values({ ...rest, status: 0 })),
    );
    expectClose(numbers[0] as number[][], numbers[1] as number[][], { rtol: 1e-3, atol: 1e-4 });
    expect(reports[0]!.samples.every(({ sensitivity, bound }) => sensitivity! < bound!)).toBe(true);
  });

  it('refuses to check at no sample, and what the estimates refuse', async () => {
    await expect(checkRegularity(rates, at([]), quick)).rejects.toThrow(
      'checkRegularity: needs at least one sample; got none.',
    );
    await expect(checkRegularity(rates, at([0.5]), { ...quick, steps: 0 })).rejects.toThrow(
      'steps must be an integer >= 1; got 0.',
    );
  });
});

describe('formatRegularity', () => {
  it('is a table that a person can read', async () => {
    const report = await checkRegularity(rates, at([0.5, -0.25, 1.5]), {
      ...quick,
      precision: 'float64',
      maxSteps: 100,
      radii: [1, 2],
    });
    expect(formatRegularity(report)).toBe(
      [
        'Regularity of rates at 3 samples',
        '',
        'sample      solve  steps  ‖G(z) − z‖     μ  rate  Lip_x(G)  bound  ‖∂z/∂x‖    error',
        '     0  converged     16      1.5e-5   0.5   0.5      2.24   4.47     4.47  7.9e-31',
        '     1  converged      9      3.8e-6  0.25  0.25      1.28   1.71     1.02  6.2e-61',
        '     2   diverged     23       11200   1.5   1.5     22400      —        —  4.1e+17',
        '',
        '- Regularity is not shown: 1 sample of 3 could not be solved.',
        "- sample 2: the solve ended as 'diverged' after 23 steps with residual 11200: its row is not about a fixed point",
        '- contracts at all 2 solved samples: μ between 0.25 and 0.5',
        '- near these samples the fixed point moves at most 4.47 times as far as the input; Theorem 2.5 allows up to 4.47, and the share of its own bound that a sample takes is between 0.6 and 1',
        '- Lip_x(G(z, ·)) grows at most linearly in ‖z‖: exponent 0.66 (0.66 to 0.66) for ‖z‖ between 1 and 2, about 0.592 + 0.822‖z‖',
      ].join('\n'),
    );
  });

  it('shows the samples with the largest μ if there are many, in their order', () => {
    const samples = [0.1, 0.9, 0.2, 0.8].map((contraction) => ({ ...row, contraction }));
    const growth = {
      radii: [1, 2],
      a: 0,
      b: 1,
      exponent: 1,
      interval: { low: null, high: null },
      isAtMostLinear: true,
    };
    const text = formatRegularity({ operator: 'many', samples, growth, findings: ['fine'] }, { maxRows: 2 });
    expect(text.split('\n').slice(3)).toEqual([
      '     1  converged     10      1.0e-7  0.9   0.4         1      2      1.5  1.0e-4',
      '     3  converged     10      1.0e-7  0.8   0.4         1      2      1.5  1.0e-4',
      '… and 2 samples with smaller μ',
      '',
      '- fine',
    ]);
  });
});
