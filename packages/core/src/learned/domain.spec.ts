import { fileURLToPath } from 'node:url';
import { readModelCard } from '../checkpoints/model-card.ts';
import type { MethodResults } from '../evaluation/results.ts';
import { scalingCurve } from '../evaluation/scaling-curve.ts';
import { fromSeed } from '../random/key.ts';
import { relativeStep, scalarDataset, scalarMetric } from '../theory/scalar-target.ts';
import { LEARNED_SEEDS, learnedMethod, runFolder } from './domain.ts';
import { LEARNED_MODELS } from './models.ts';
import { LEARNED_TARGETS } from './targets.ts';

/** Milliseconds for loops of many steps. */
const LONG = 120_000;
const SHIPPED = new URL('../../checkpoints/learned/', import.meta.url);
const TARGETS = ['two-pole-0.01', 'sine-128'];
const RUNS = TARGETS.flatMap((target) =>
  LEARNED_MODELS.flatMap((model) => LEARNED_SEEDS.map((seed) => ({ target, model, seed }))),
);

const folderOf = ({ target, model, seed }: (typeof RUNS)[number]): string =>
  fileURLToPath(new URL(runFolder(target, model.name, seed), SHIPPED));

/** The curve of a shipped model at a few looks. */
async function curveOf(run: (typeof RUNS)[number]): Promise<MethodResults['scaling']> {
  const target = LEARNED_TARGETS[run.target]!;
  const key = fromSeed(7);
  const solving = await learnedMethod('shipped', { target, model: run.model, folder: folderOf(run) }).load({
    key,
  });
  const { scaling, failures } = await scalingCurve(
    solving,
    scalarDataset(target, key).problems.slice(0, 96),
    {
      metric: scalarMetric(target),
      perturbations: [relativeStep(target, 1e-4, 'small')],
      points: [0, 16, 256, 4096, 65536],
      pairs: 96,
      key,
    },
  );
  await solving.dispose?.();
  expect(failures).toEqual([]);
  return scaling;
}

describe('the shipped models', () => {
  it.each(RUNS)('tell what they are: $target, $model.name, seed $seed', async (run) => {
    const card = await readModelCard(folderOf(run));
    expect(card.parameters).toBe(run.model.parameters);
    expect(card.operator.config).toEqual({ sizes: run.model.sizes });
    expect(card.command).toContain(`--targets ${run.target} --models ${run.model.name} --seeds ${run.seed}`);
    // Of a checkout without changes: the command does it again.
    expect(card.run.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(card.metrics[0]!.value).toBeGreaterThan(0);
  });

  it(
    'sharpen with their evaluations where the map has poles, beyond an explicit model of their size',
    async () => {
      const ofPoles = RUNS.filter(({ target }) => target === TARGETS[0]);
      const ends = new Map<string, number[]>();
      for (const run of ofPoles.filter(({ model }) => model.name !== 'explicit-same-compute')) {
        const scaling = await curveOf(run);
        const errors = scaling.map(({ quality }) => quality.mean!);
        const constants = scaling.map(({ lipschitz }) => lipschitz[0]!.max!);
        ends.set(run.model.name, [...(ends.get(run.model.name) ?? []), errors.at(-1)!]);
        if (run.model.kind === 'explicit') continue;
        expect(errors).toEqual(errors.toSorted((a, b) => b - a));
        expect(constants.at(-1)!).toBeGreaterThan(5 * constants[1]!);
      }
      const [implicit, explicit] = ['implicit', 'explicit-same-size'].map((name) => ends.get(name)!);
      expect(Math.max(...implicit!)).toBeLessThan(Math.min(...explicit!));
    },
    LONG,
  );
});
