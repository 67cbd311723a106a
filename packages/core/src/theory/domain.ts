/** The theory's toys as domains of the benchmark: maps with poles, expressed by simple operators iterated. */
import * as tf from '@tensorflow/tfjs';
import { constant } from '@equilibria/compile';
import { defineDomain } from '../evaluation/define-domain.ts';
import type { Method } from '../evaluation/domain.ts';
import { newtonReciprocal, reciprocal, reciprocalLipschitz, type FixedOperator } from './reciprocal.ts';
import {
  piecewiseLinearMethod,
  relativeStep,
  scalarDataset,
  scalarIteration,
  scalarMetric,
  type ScalarProblem,
  type ScalarTarget,
} from './scalar-target.ts';
import { sufficiencyOperator } from './sufficiency-operator.ts';
import { twoPoleOperator, twoPoleTarget } from './two-pole.ts';

/** Nearest that the problems come to the pole of `1/x`. */
const RECIPROCAL_LOW = 1e-3;

/** Nearest that the problems come to a pole of the two-pole function. */
const POLE_MARGIN = 0.02;

/** Step of the reciprocal operator. */
const ETA = 0.5;

const reciprocalTarget: ScalarTarget = {
  name: `1/x, x log-uniform on [${RECIPROCAL_LOW}, 1]`,
  F: (x) => 1 / x,
  pieces: [{ low: RECIPROCAL_LOW, high: 1 }],
  lipschitz: RECIPROCAL_LOW ** -2,
  spread: 'log-uniform',
};

const twoPoles = twoPoleTarget(POLE_MARGIN);

/** `F(x) = 1/x`: the operator whose Lipschitz growth is known exactly, Theorem 2.4, Newton, and explicit fits. */
export const theoryDomain = defineDomain<ScalarProblem>({
  ...partsOf(reciprocalTarget),
  name: 'theory',
  title: 'F(x) = 1/x by iterating simple operators',
  maxEvaluations: 16384,
  methods: [
    {
      ...implicit(`y − η(xy − 1), η = ${ETA}`, () => reciprocal(ETA)),
      // On the problems |y_t′| never exceeds |F′|, nor L_t, its supremum on the whole of (0, 1].
      ceiling: (_, evaluations) =>
        Math.min(reciprocalLipschitz(ETA, evaluations), reciprocalTarget.lipschitz),
    },
    implicit('Theorem 2.4, ε = x²/2', () =>
      sufficiencyOperator({
        name: 'sufficiency',
        F: (x) => tf.div(constant(1), x),
        epsilon: (x) => tf.mul(constant(0.5), tf.square(x)),
      }),
    ),
    { ...implicit('Newton', newtonReciprocal), kind: 'classical', parameters: 0 },
    piecewiseLinearMethod(reciprocalTarget, 8),
    piecewiseLinearMethod(reciprocalTarget, 32),
  ],
});

/** The two-pole function by Theorem 2.4 at two paces, and explicit fits. */
export const twoPoleDomain = defineDomain<ScalarProblem>({
  ...partsOf(twoPoles),
  name: 'theory-two-pole',
  title: 'A function with two poles by the construction of Theorem 2.4',
  maxEvaluations: 65536,
  methods: [
    implicit('Theorem 2.4, c = 0.5', () => twoPoleOperator(0.5)),
    implicit('Theorem 2.4, c = 0.1', () => twoPoleOperator(0.1)),
    piecewiseLinearMethod(twoPoles, 8),
    piecewiseLinearMethod(twoPoles, 32),
  ],
});

/** What the two domains share. */
function partsOf(target: ScalarTarget) {
  return {
    metric: scalarMetric(target),
    perturbations: [relativeStep(target, 1e-4, '10⁻⁴ of x'), relativeStep(target, 0.1, '10 % of x')],
    load: (key: Parameters<typeof scalarDataset>[1]) => Promise.resolve(scalarDataset(target, key)),
  };
}

/** One tuned number each: the step or the pace. */
function implicit(name: string, operator: () => FixedOperator): Method<ScalarProblem> {
  return {
    name,
    kind: 'implicit',
    parameters: 1,
    load: () => Promise.resolve(scalarIteration(operator())),
  };
}
