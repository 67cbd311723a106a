/** `defineDomain`: closes a domain over its type of problem, so that different domains stand in one list. */
import { fold, fromSeed } from '../random/key.ts';
import type { DomainRecipe, Method } from './domain.ts';
import { evaluationPoints } from './evaluation-points.ts';
import type { DomainResults, MethodResults } from './results.ts';
import { scalingCurve, type Failures } from './scaling-curve.ts';

/** What an evaluation of a domain needs. */
export type EvaluationContext = {
  /** Root seed; problems, perturbations and methods derive their keys from it. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** Called as work is done. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
};

/** How far an evaluation is. */
export type EvaluationProgress = {
  /** The method at work. */
  readonly method: string;
  /** Share of the whole that is done, 0 to 1. */
  readonly fraction: number;
};

/** What came out. */
export type DomainEvaluation = {
  readonly results: DomainResults;
  /** Non-finite answers, scores and ratios, by method. */
  readonly failures: readonly (Failures & { readonly method: string })[];
};

/** A domain of the benchmark, whatever its problems are. */
export interface Domain {
  readonly name: string;
  readonly title: string;
  /** Runs every method on the domain's problems. Equal seeds give equal results but for the times. */
  evaluate(context: EvaluationContext): Promise<DomainEvaluation>;
}

/**
 * Makes a domain of a recipe.
 *
 * The methods run one after the other, each loaded before and disposed of after its run, on the same problems and pairs.
 * @throws {RangeError} if two methods have one name.
 */
export function defineDomain<P>(recipe: DomainRecipe<P>): Domain {
  const names = recipe.methods.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new RangeError(
      `defineDomain: methods of '${recipe.name}' must have different names; got '${twice}' twice.`,
    );
  }
  return {
    name: recipe.name,
    title: recipe.title,
    evaluate: (context) => evaluate(recipe, context),
  };
}

async function evaluate<P>(recipe: DomainRecipe<P>, context: EvaluationContext): Promise<DomainEvaluation> {
  const { seed, signal, onProgress } = context;
  const key = fold(fromSeed(seed), recipe.name);
  const { problems, ...dataset } = await recipe.load(fold(key, 'problems'));
  const methods: MethodResults[] = [];
  const failures: DomainEvaluation['failures'][number][] = [];
  for (const [i, method] of recipe.methods.entries()) {
    const report = (share: number) =>
      onProgress?.({ method: method.name, fraction: (i + share) / recipe.methods.length });
    signal?.throwIfAborted();
    report(0);
    const own = await curveOf(recipe, method, { problems, context, report });
    const { name, unit, better } = recipe.metric;
    methods.push({
      name: method.name,
      kind: method.kind,
      parameters: method.parameters,
      metric: { name, unit, better },
      test: { ...own.test, seeds: [seed] },
      scaling: own.scaling,
    });
    failures.push(...own.failures.map((failed) => ({ ...failed, method: method.name })));
  }
  const results = { name: recipe.name, dataset: { ...dataset, size: problems.length }, methods };
  return { results, failures };
}

async function curveOf<P>(
  recipe: DomainRecipe<P>,
  method: Method<P>,
  {
    problems,
    context: { seed, signal },
    report,
  }: { problems: readonly P[]; context: EvaluationContext; report: (share: number) => void },
) {
  const key = fold(fromSeed(seed), recipe.name);
  const solving = await method.load({
    key: fold(fold(key, 'load'), method.name),
    ...(signal && { signal }),
  });
  try {
    return await scalingCurve(solving, problems, {
      metric: recipe.metric,
      perturbations: recipe.perturbations,
      points: evaluationPoints(recipe.maxEvaluations, recipe.points).filter(
        (point) => point <= (method.maxEvaluations ?? Infinity),
      ),
      key: fold(key, 'curve'),
      ...(recipe.pairs !== undefined && { pairs: recipe.pairs }),
      ...(method.ceiling && { ceiling: method.ceiling }),
      ...(signal && { signal }),
      onProgress: ({ done, total }) => report(done / total),
    });
  } finally {
    await solving.dispose?.();
  }
}
