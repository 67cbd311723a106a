/** The classical solvers, as fast as they go on one small program after the other. */
import { createHighs, loadMethod, toModelData } from '@equilibria/lp-solver';
import type { Answerer } from './answerer.ts';

/**
 * HiGHS's simplex in one runtime and one model, into which programs are passed one after the other, with its own options but for presolve.
 * On the paper's programs a fresh model for each takes twice as long, presolve two and a half times.
 */
export async function highsAnswerer(): Promise<Answerer> {
  const highs = await createHighs();
  const model = highs.createModel();
  model.options.set({ output_flag: false, solver: 'simplex', presolve: 'off' });
  const { optimal } = highs.constants.modelStatus;
  return {
    name: 'highs',
    evaluations: null,
    isTrained: true,
    isBatched: false,
    answer: (programs) =>
      Promise.resolve(
        programs.map((lp) => {
          model.passModel(toModelData(highs, lp));
          const { modelStatus } = model.run();
          return modelStatus === optimal ? model.getSolution().colValue : noPoint(lp.matrix.columns);
        }),
      ),
    dispose: () => Promise.resolve(model.dispose()),
  };
}

/** A dense tableau in JavaScript; its multipliers are read too, which takes next to no time. */
export async function javascriptAnswerer(): Promise<Answerer> {
  const { name, solve } = await loadMethod('javascript-lp-solver');
  const options = { tolerance: 1e-8, maxEvaluations: Infinity, timeLimitMs: Infinity };
  return {
    name,
    evaluations: null,
    isTrained: true,
    isBatched: false,
    answer: async (programs) => {
      const points: Float64Array[] = [];
      for (const lp of programs) points.push((await solve(lp, options)).x ?? noPoint(lp.matrix.columns));
      return points;
    },
    dispose: () => Promise.resolve(),
  };
}

const noPoint = (columns: number): Float64Array => new Float64Array(columns).fill(NaN);
