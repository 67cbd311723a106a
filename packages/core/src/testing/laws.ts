/** Laws that every solver of a list must keep. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { toTensor } from '../random/samplers.ts';
import type { Solver } from '../solvers/contract.ts';
import { solve } from '../solvers/solve.ts';
import { residualBelow } from '../solvers/stop-rule.ts';
import { contraction, type Contraction } from './arbitraries.ts';
import { expectClose } from './expect-close.ts';

/** A solver and what it promises on affine contractions. */
export type ContractionLaw = {
  readonly solver: () => Solver<tf.Tensor>;
  /** The factor by which a test's residual is at most that of the test before, for a map that contracts by `mu`. */
  readonly rate: (mu: number) => number;
  /** Seed of fast-check; default 7. */
  readonly seed?: number;
  /** Contractions tried; default 20. */
  readonly runs?: number;
};

/** A solver and when it promises to have solved affine contractions. */
export type ConvergenceLaw = {
  readonly solver: () => Solver<tf.Tensor>;
  /** Steps after which the residual is a thousandth of the first, on a contraction by `mu` of three dimensions. */
  readonly steps: (mu: number) => number;
  /** Seed of fast-check; default 7. */
  readonly seed?: number;
  /** Contractions tried; default 20. */
  readonly runs?: number;
};

const DIMENSION = 3;
const STEPS = 12;

/**
 * The law of the contraction rate: on random affine maps `z ← zW + b` with `‖W‖₂ ≤ μ`, each residual is at most `rate(μ)`
 * times the one before, down to the rounding of float32, and so is the one at the returned point, which is `‖f(z) − z‖`.
 *
 * @throws with the contraction that breaks it, shrunk.
 */
export async function expectContractionRate(law: ContractionLaw): Promise<void> {
  const { seed = 7, runs: numRuns = 20 } = law;
  const property = fc.asyncProperty(contraction(DIMENSION), (map) => keepsRate(law, map));
  await fc.assert(property, { seed, numRuns });
}

/**
 * The law of convergence, for solvers whose residual may grow on the way: on random affine maps `z ← zW + b` with `‖W‖₂ ≤ μ`, the
 * residual is a thousandth of the first after `steps(μ)` steps at most, and the point as near to the fixed point as that allows.
 *
 * @throws with the contraction that breaks it, shrunk.
 */
export async function expectConvergence(law: ConvergenceLaw): Promise<void> {
  const { seed = 7, runs: numRuns = 20 } = law;
  const property = fc.asyncProperty(contraction(DIMENSION), (map) => arrives(law, map));
  await fc.assert(property, { seed, numRuns });
}

async function arrives({ solver, steps }: ConvergenceLaw, map: Contraction): Promise<void> {
  const [W, b] = [toTensor(map.W), toTensor(map.b)];
  const f = (z: tf.Tensor) => tf.add(tf.matMul(z, W), b);
  const z0 = tf.zeros([1, DIMENSION]);
  const size = Math.hypot(...map.b.data);
  const absolute = 1e-3 * size + (1e-6 * size) / (1 - map.rate) + 1e-18;
  const maxSteps = steps(map.rate);
  const result = await solve(f, z0, solver(), { stop: residualBelow({ absolute, relative: 0 }), maxSteps });
  try {
    if (result.status[0] !== 'converged') {
      const got = `'${result.status[0]}' with residual ${result.residual[0]}`;
      throw new Error(`convergence: ${absolute} must be reached in ${maxSteps} steps; got ${got}.`);
    }
    const exact = fixedPoint(map);
    const error = Math.hypot(...(await result.value.data()).map((value, i) => value - exact[i]!));
    const allowed = (absolute / (1 - map.rate)) * (1 + 1e-3);
    if (error > allowed) throw new Error(`convergence: the error must be at most ${allowed}; got ${error}.`);
  } finally {
    tf.dispose([W, b, z0, result.value, result.image]);
  }
}

/** The fixed point in float64, by as many iterations as that takes. */
function fixedPoint({ W, b, rate }: Contraction): number[] {
  const n = b.data.length;
  let z = Array.from({ length: n }, () => 0);
  for (let step = 0; step < 40 / -Math.log(rate); step++) {
    z = z.map((_, i) => z.reduce((sum, value, k) => sum + value * W.data[k * n + i]!, b.data[i]!));
  }
  return z;
}

async function keepsRate({ solver, rate }: ContractionLaw, map: Contraction): Promise<void> {
  const [W, b] = [toTensor(map.W), toTensor(map.b)];
  const f = (z: tf.Tensor) => tf.add(tf.matMul(z, W), b);
  const z0 = tf.zeros([1, DIMENSION]);
  const result = await solve(f, z0, solver(), {
    stop: residualBelow({ absolute: 0, relative: 0 }),
    maxSteps: STEPS,
    cycling: false,
    stagnation: false,
  });
  const image = tf.tidy(() => f(result.value));
  try {
    const at = await Promise.all([image.data(), result.value.data()]);
    expectClose(result.residual, [Math.hypot(...at[0].map((g, i) => g - at[1][i]!))], { atol: 1e-5 });
    // Rounding of f: about ten operations on numbers of the size of z* at most. Squares below 1e-36 lose digits.
    const rounding = (1e-6 * Math.hypot(...map.b.data)) / (1 - map.rate) + 1e-18;
    const residuals = [...result.residuals.map((row) => row[0]!), result.residual[0]!];
    residuals.slice(1).forEach((residual, k) => {
      const bound = rate(map.rate) * residuals[k]! + rounding;
      if (residual <= bound) return;
      throw new Error(`contraction rate: residual ${k + 1} must be at most ${bound}; got ${residual}.`);
    });
  } finally {
    tf.dispose([W, b, z0, image, result.value]);
  }
}
