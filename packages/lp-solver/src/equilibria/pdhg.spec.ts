import { compile } from '@equilibria/compile';
import { fold, fromSeed, normal } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { randomLinearProgram } from '../datasets/random-linear-programs.ts';
import { shippedLinearPrograms } from '../datasets/shipped.ts';
import { kktErrors } from '../evaluation/kkt-errors.ts';
import { verify } from '../evaluation/verify.ts';
import type { Minimization } from '../problem.ts';
import { asMinimization } from '../problem/linear-program.ts';
import { pdhg } from './pdhg.ts';
import { kktTensors, pdhgStep, type PrimalDual, type ProgramTensors } from './pdhg-operator.ts';
import { watchPicard, watchRestarted } from './pdhg-trajectory.ts';
import { prepareProgram, specsOfProgram } from './prepared-program.ts';

const limits = { tolerance: 1e-7, maxEvaluations: 2e5, timeLimitMs: Infinity };
const diet = asMinimization(shippedLinearPrograms[0]!.lp);
const random = randomLinearProgram(fold(fromSeed(0), 5), {
  rows: 8,
  columns: 12,
  nonzeros: 40,
}) as Minimization;

beforeAll(() => {
  tf.env().set('PROD', true);
});

describe('pdhg', () => {
  it.each(shippedLinearPrograms.map((known) => [known.lp.name, known] as const))(
    'gives %s its outcome',
    async (_name, { lp, status, objective }) => {
      const answer = verify(lp, await pdhg.solve(asMinimization(lp), limits), {
        tolerance: limits.tolerance,
      });
      expect(answer.status).toBe(status);
      const error = Math.abs((answer.objective ?? 0) - (objective ?? 0));
      expect(error).toBeLessThan(1e-5 * Math.max(1, Math.abs(objective ?? 0)));
    },
  );

  it('says that the budget ended it, and keeps to it', async () => {
    const claim = await pdhg.solve(diet, { ...limits, tolerance: 1e-12, maxEvaluations: 100 });
    expect(claim.claim).toBe('iteration-limit');
    expect(claim.evaluations).toBeLessThanOrEqual(100);
    expect(claim.x).toHaveLength(3);
  });

  it('says that time ended it', async () => {
    const claim = await pdhg.solve(diet, {
      ...limits,
      tolerance: 1e-300,
      maxEvaluations: Infinity,
      timeLimitMs: 50,
    });
    expect(claim.claim).toBe('time-limit');
  });

  it('reports its evaluations while it runs, when there is a limit to watch', async () => {
    const seen: number[] = [];
    const onProgress = ({ evaluations }: { evaluations: number }): void => void seen.push(evaluations);
    const { evaluations } = await pdhg.solve(diet, { ...limits, timeLimitMs: 60_000, onProgress });
    expect(seen.at(-1)).toBe(evaluations - 1);
  });

  it('solves a program without constraints', async () => {
    const free = {
      ...diet,
      matrix: {
        ...diet.matrix,
        rows: 0,
        starts: Int32Array.of(0),
        indices: new Int32Array(),
        values: new Float64Array(),
      },
      rowLower: new Float64Array(),
      rowUpper: new Float64Array(),
      rowNames: [],
    };
    const answer = verify(free, await pdhg.solve(free, limits));
    expect([answer.status, answer.objective]).toEqual(['optimal', 0]);
  });
});

describe('the PDHG map', () => {
  const prepared = prepareProgram(random);
  const specs = specsOfProgram(prepared);
  const pair = (seed: number): PrimalDual => {
    const draw = (length: number, name: string) => ({
      data: normal(fold(fromSeed(seed), name), length).data,
      shape: [1, length],
    });
    return { x: draw(12, 'x'), y: draw(8, 'y') } as unknown as PrimalDual;
  };
  const step = compile(
    (z: unknown, program: unknown) => {
      const p = program as ProgramTensors;
      return pdhgStep(z as PrimalDual, { weight: p.initialWeight }, prepared.plans, p);
    },
    [specs.start, specs.program],
    { precision: 'float64' },
  );
  const apply = async (z: PrimalDual) => (await step).run(z, prepared.program);

  it('does not expand in its norm', async () => {
    const eta = prepared.program.step.data[0]!;
    const weight = prepared.program.initialWeight.data[0]!;
    const product = await compile(
      (x: tf.Tensor, values: tf.Tensor) => tf.matMul(x, values),
      [specs.start.x, specs.program.forward],
      { precision: 'float64' },
    );
    const square = async (a: PrimalDual, b: PrimalDual): Promise<number> => {
      const values = (tree: PrimalDual, leaf: 'x' | 'y') =>
        (tree[leaf] as unknown as { data: Float64Array }).data;
      const dx = values(a, 'x').map((v, i) => v - values(b, 'x')[i]!);
      const dy = values(a, 'y').map((v, i) => v - values(b, 'y')[i]!);
      const Adx = (await product.run({ data: dx, shape: [1, 12] }, prepared.program.forward))
        .data as Float64Array;
      const sum = (terms: Float64Array): number => terms.reduce((total, term) => total + term, 0);
      return (
        weight * sum(dx.map((v) => v * v)) +
        sum(dy.map((v) => v * v)) / weight -
        2 * eta * sum(dy.map((v, i) => v * -Adx[i]!))
      );
    };
    for (let seed = 0; seed < 10; seed++) {
      const [a, b] = [pair(2 * seed), pair(2 * seed + 1)];
      const before = await square(a, b);
      const after = await square((await apply(a)) as never, (await apply(b)) as never);
      expect(after).toBeLessThanOrEqual(before * (1 + 1e-12));
    }
  });

  it('has the optimum as a fixed point', async () => {
    const lp = asMinimization(shippedLinearPrograms[1]!.lp);
    const sights = await watchRestarted().watch(lp, [40_000]);
    expect(sights[0]!.residual).toBeLessThan(1e-7);
  });

  it('computes the errors that are recomputed of an answer', async () => {
    const compiled = await compile(
      (z: unknown, program: unknown) =>
        kktTensors(z as PrimalDual, prepared.plans, program as ProgramTensors),
      [specs.start, specs.program],
      { precision: 'float64' },
    );
    // An image of the map prices finite sides only and keeps to the bounds, like every point the method returns.
    const z = await apply(pair(3));
    const traced = await compiled.run(z, prepared.program);
    const { x, y } = prepared.toOriginal(z);
    const { primalResidual, dualResidual, gap } = kktErrors(random, x, y);
    expect(traced.primal.data[0]).toBeCloseTo(primalResidual, 12);
    expect(traced.dual.data[0]).toBeCloseTo(dualResidual, 12);
    expect(traced.gap.data[0]).toBeCloseTo(gap, 12);
  });
});

describe('a watcher', () => {
  it('sees after t evaluations what t single evaluations give', async () => {
    const picard = watchPicard();
    const whole = await picard.watch(random, [0, 1, 2, 7]);
    const single = await picard.watch(random, [7]);
    expect(single[0]!.x).toEqual(whole[3]!.x);
    expect(whole[0]!.x).toEqual(prepareProgram(random).toOriginal(prepareProgram(random).start).x);
    await picard.dispose();
  });

  it('does not begin an epoch that does not fit any more', async () => {
    const restarted = watchRestarted();
    const [start, before, after] = await restarted.watch(random, [0, 42, 43]);
    expect(before!.x).toEqual(start!.x);
    expect(after!.x).not.toEqual(start!.x);
    await restarted.dispose();
  });
});
