/** The learned examples as domains of the benchmark, from the checkpoints that ship. */
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { compile, type HostArray, mapTree, spec, type TensorSpec, type Tree } from '@equilibria/compile';
import { compiledIteration } from '../evaluation/compiled-iteration.ts';
import { type Domain, defineDomain } from '../evaluation/define-domain.ts';
import type { Method, Solving } from '../evaluation/domain.ts';
import {
  relativeStep,
  scalarDataset,
  scalarMetric,
  type ScalarProblem,
  type ScalarTarget,
} from '../theory/scalar-target.ts';
import { loadCheckpoint } from '../checkpoints/checkpoint.ts';
import { learnedPaceOperator } from './learned-pace.ts';
import { LEARNED_MODELS, type LearnedModel } from './models.ts';
import { applyPerceptron, type Layers, layersLike } from './multilayer-perceptron.ts';
import { LEARNED_TARGETS, normalised } from './targets.ts';

/** Seeds of the shipped checkpoints. */
export const LEARNED_SEEDS = [0, 1, 2] as const;

/** Where the shipped checkpoints are; in source and in what is built alike. */
const SHIPPED = new URL('../../checkpoints/learned/', import.meta.url);

/** The folder of a run among others. */
export function runFolder(target: string, model: string, seed: number): string {
  return `${target}/${model}-${seed}`;
}

/** The steepest two-pole function, learned. */
export const learnedTwoPoleDomain = learnedDomain('learned-two-pole', 'two-pole-0.01', {
  title: 'A function with two poles, learned: an implicit model and explicit ones',
});

/** The steepest sine, learned. */
export const learnedSineDomain = learnedDomain('learned-sine', 'sine-128', {
  title: 'A fast sine, learned: an implicit model and explicit ones',
});

function learnedDomain(name: string, targetName: string, { title }: { readonly title: string }): Domain {
  const target = LEARNED_TARGETS[targetName]!;
  return defineDomain<ScalarProblem>({
    name,
    title,
    metric: scalarMetric(target),
    perturbations: [relativeStep(target, 1e-4, '10⁻⁴ of x')],
    maxEvaluations: 65536,
    load: (key) => Promise.resolve(scalarDataset(target, key)),
    methods: LEARNED_MODELS.flatMap((model) =>
      LEARNED_SEEDS.map((seed) => {
        const folder = fileURLToPath(new URL(`${runFolder(targetName, model.name, seed)}/`, SHIPPED));
        return learnedMethod(`${model.name}, seed ${seed}`, { target, model, folder });
      }),
    ),
  });
}

/** A trained model as a method; its checkpoint is read when it is loaded. */
export function learnedMethod(
  name: string,
  {
    target,
    model,
    folder,
  }: { readonly target: ScalarTarget; readonly model: LearnedModel; readonly folder: string },
): Method<ScalarProblem> {
  return {
    name,
    kind: model.kind,
    parameters: model.parameters,
    load: async () => {
      const layers = await loadLayers(folder, model);
      const encode = (problems: readonly ScalarProblem[]) => ({
        data: Float64Array.from(problems, ({ x }) => normalised(target, x)),
        shape: [problems.length, 1],
      });
      if (model.kind === 'explicit') return explicitSolving(layers, encode);
      return compiledIteration<ScalarProblem, Layers, tf.Tensor, tf.Tensor>(learnedPaceOperator(), {
        encode,
        params: layers as never,
      });
    },
  };
}

/** The parameters of a model, in float64. */
async function loadLayers(folder: string, model: LearnedModel): Promise<Tree<HostArray>> {
  const { trees } = await loadCheckpoint(folder, { params: layersLike(model.sizes) });
  return mapTree<HostArray, HostArray>(trees.params, ({ data, shape }) => ({
    data: Float64Array.from(data as Float32Array),
    shape,
  }));
}

/** One compiled evaluation for each number of problems. */
function explicitSolving(
  layers: Tree<HostArray>,
  encode: (problems: readonly ScalarProblem[]) => HostArray,
): Solving<ScalarProblem> {
  const specOf = ({ shape }: HostArray): TensorSpec => spec(shape);
  const compileFor = (problems: number) =>
    compile(
      (at: unknown, x: unknown) => applyPerceptron(at as Layers, x as tf.Tensor),
      [mapTree<HostArray, TensorSpec>(layers, specOf), spec([problems, 1])],
      { precision: 'float64' },
    );
  const compiled = new Map<number, ReturnType<typeof compileFor>>();
  return {
    iterate: async (problems) => {
      const ready = compiled.get(problems.length) ?? compileFor(problems.length);
      compiled.set(problems.length, ready);
      const perceptron = await ready;
      const x = encode(problems);
      const before = performance.now();
      const { data } = await perceptron.runArrays(layers, x);
      const wallTimeMs = performance.now() - before;
      const answers = Array.from(data, (y) => Float64Array.of(y));
      return [{ evaluations: 1, answers, residuals: null, wallTimeMs }];
    },
    dispose: async () => {
      for (const ready of compiled.values()) await (await ready).dispose();
    },
  };
}
