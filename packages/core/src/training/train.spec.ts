import * as tf from '@tensorflow/tfjs';
import type { HostArray } from '@equilibria/compile';
import { implicit } from '../gradients/gradient-method.ts';
import { fold, fromSeed } from '../random/key.ts';
import { normal } from '../random/samplers.ts';
import { expectClose } from '../testing/index.ts';
import { sampleIterations } from '../regularisation/random-training.ts';
import { truncated } from '../regularisation/truncated.ts';
import { adam, type AdamState, sgd } from './optimisers.ts';
import type { RunStore, SavedRun } from './run-store.ts';
import { constantRate, cosineRate } from './schedules.ts';
import { explicitTask, implicitTask, type SolveReport } from './task.ts';
import { type BatchSource, train, type TrainingOptions } from './train.ts';

type Params = { readonly w: tf.Tensor };
type Batch = { readonly x: tf.Tensor; readonly y: tf.Tensor };

const array = (...data: number[]): HostArray => ({ data: Float32Array.from(data), shape: [data.length, 1] });

/** Fresh samples of `y = x/(1 − w)` with `w = 0.25`, a function of the step. */
const batches: BatchSource<Batch, number> = async function* (position) {
  for (let i = position ?? 0; ; i++) {
    const { data } = normal(fold(fromSeed(3), i), 8);
    const y = data.map((x) => x / 0.75);
    yield { batch: { x: array(...data), y: array(...y) }, position: i + 1 };
  }
};

const task = implicitTask<Params, tf.Tensor, Batch>({
  map: ({ w }, z, { x }) => tf.add(tf.mul(w, z), x),
  start: ({ x }) => tf.zerosLike(x),
  loss: (z, _, { y }) => tf.mean(tf.squaredDifference(z, y)),
  gradient: implicit(),
  maxSteps: 60,
});

type Options = TrainingOptions<Params, Batch, SolveReport, AdamState>;

const options = (more: Partial<Options> = {}): Options => ({
  task,
  params: { w: array(0) },
  batches,
  schedule: cosineRate(0.1, { steps: 60 }),
  optimiser: adam(),
  clipNorm: 10,
  averageDecay: 0.9,
  steps: 60,
  historyEvery: 7,
  saveEvery: 10,
  ...more,
});

/** A store in memory that keeps what was saved as JSON would. */
function memoryStore(): RunStore & { saves: number } {
  let kept: SavedRun | null = null;
  const store = {
    saves: 0,
    load: () => Promise.resolve(kept),
    save: (run: SavedRun) => {
      kept = { ...run, progress: JSON.parse(JSON.stringify(run.progress)) as SavedRun['progress'] };
      store.saves += 1;
      return Promise.resolve();
    },
  };
  return store;
}

describe('train', () => {
  it('learns a parameter of a fixed point, and records how', async () => {
    const { params, average, steps, history, end, best } = await train(options());
    expectClose(params.w.data, [0.25], { atol: 1e-2 });
    expectClose(average!.w.data, [0.25], { atol: 2e-2 });
    expect({ steps, end, best }).toEqual({ steps: 60, end: 'steps', best: null });
    expect(history.map(({ step }) => step)).toEqual([7, 14, 21, 28, 35, 42, 49, 56, 60]);
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss! / 10);
    expect(history[0]!.report).toMatchObject({ status: 1, 'adjoint.status': 1 });
  });

  it('stopped at any step and called again, ends with the very bits of a run that was not', async () => {
    const validation = {
      every: 9,
      score: ({ w }: { w: HostArray }) => Math.abs(w.data[0]! - 0.25),
      better: 'lower' as const,
    };
    const whole = await train(options({ validation }));
    for (const stops of [[1], [10, 23], [59, 60]]) {
      const store = memoryStore();
      for (const stop of stops) {
        const controller = new AbortController();
        const { end } = await train(
          options({
            validation,
            store,
            signal: controller.signal,
            onProgress: ({ step }) => {
              if (step === stop) controller.abort();
            },
          }),
        );
        expect(end).toBe(stop === 60 ? 'steps' : 'aborted');
      }
      expect(await train(options({ validation, store }))).toEqual(whole);
    }
  });

  it('loses no more than the steps since the last save when it dies', async () => {
    const whole = await train(options());
    const store = memoryStore();
    const dying = options({
      store,
      onProgress: ({ step }) => {
        if (step === 37) throw new Error('killed');
      },
    });
    await expect(train(dying)).rejects.toThrow('killed');
    expect((await store.load({}))!.progress.step).toBe(30);
    expect(await train(options({ store }))).toEqual(whole);
  });

  it('keeps the best parameters of validation, and stops when patience ends', async () => {
    const scores = [3, 2, NaN, 5, 4];
    const seen: number[] = [];
    const { best, validations, end, steps } = await train(
      options({
        validation: {
          every: 2,
          better: 'lower',
          patience: 3,
          score: ({ w }, step) => {
            seen.push(w.data[0]!);
            return scores[step / 2 - 1]!;
          },
        },
      }),
    );
    expect({ end, steps, best: best!.step, score: best!.score }).toEqual({
      end: 'patience',
      steps: 10,
      best: 4,
      score: 2,
    });
    expect(best!.params.w.data[0]).toBe(seen[1]);
    expect(validations.map(({ score }) => score)).toEqual([3, 2, null, 5, 4]);
  });

  it('tells how far it is', async () => {
    const lines: string[] = [];
    await train(
      options({
        steps: 3,
        onProgress: ({ step, steps, row, samplesPerSecond, remainingMs }) => {
          expect(samplesPerSecond).toBeGreaterThan(0);
          expect(remainingMs >= 0).toBe(true);
          lines.push(`${step}/${steps} ${Object.keys(row.report).length > 0}`);
        },
      }),
    );
    expect(lines).toEqual(['1/3 true', '2/3 true', '3/3 true']);
  });

  it('skips gradients that are not finite, and counts them', async () => {
    const broken = explicitTask<Params, Batch>(({ w }, { x }) => tf.sum(tf.mul(w, tf.log(tf.mean(x)))));
    const { history, params } = await train({
      task: broken,
      params: { w: array(1) },
      batches: async function* () {
        for (const x of [1, -1, Math.E]) yield { batch: { x: array(x), y: array(0) }, position: 0 };
      },
      schedule: constantRate(0.5),
      optimiser: sgd(),
      steps: 3,
    });
    expect(history).toMatchObject([{ step: 3, skipped: 1 }]);
    expectClose(params.w.data, [0.5]);
  });

  it('refuses a run of another configuration or model, and batches that end', async () => {
    const store = memoryStore();
    await train(options({ store, steps: 2, config: { seed: 1 } }));
    await expect(train(options({ store, steps: 2, config: { seed: 2 } }))).rejects.toThrow(
      "train: a run goes on with the configuration that it began with; 'seed' was 1 and is 2. Ask for the same, or keep the new run elsewhere.",
    );
    const two: BatchSource<Batch, number> = async function* () {
      yield { batch: { x: array(1), y: array(1) }, position: 1 };
    };
    await expect(train(options({ batches: two as never }))).rejects.toThrow(
      'train: batches must not end before step 60; ended at step 1.',
    );
    await expect(
      train(options({ store, steps: 2, config: { seed: 1 }, schedule: constantRate(1) })),
    ).rejects.toThrow("'rates' was");
    await expect(train({ ...options(), validaton: {} } as never)).rejects.toThrow(
      "averageDecay; got 'validaton'.",
    );
    await expect(train(options({ schedule: 0.1 as never }))).rejects.toThrow(
      'train: schedule must be a function; got number.',
    );
    await expect(
      train(options({ validation: { every: 1, score: () => 0, better: 'min' as never } })),
    ).rejects.toThrow("train: validation.better must be lower or higher; got 'min'.");
    await expect(train(options({ steps: 0 }))).rejects.toThrow(
      'train: steps must be an integer >= 1; got 0.',
    );
  });

  it('refuses parameters that are not float32, rates that are none, and batches of another shape', async () => {
    const double = { w: { data: Float64Array.of(0), shape: [] } };
    await expect(train(options({ params: double }))).rejects.toThrow(
      "train: params must be float32, in Float32Array; got Float64Array at 'w'.",
    );
    for (const rate of [NaN, -1, Infinity]) {
      await expect(train(options({ schedule: (step) => (step < 2 ? 0.1 : rate) }))).rejects.toThrow(
        `train: schedule must give finite rates >= 0; got ${rate} at step 2.`,
      );
    }
    const growing: BatchSource<Batch, number> = async function* () {
      yield { batch: { x: array(1), y: array(1) }, position: 1 };
      yield { batch: { x: array(1, 2), y: array(1, 2) }, position: 2 };
    };
    await expect(train(options({ batches: growing as never }))).rejects.toThrow(
      "'batch.x' must have shape [1, 1]; got [2, 1].",
    );
  });

  it('saves a new run before its first step, so that a store that cannot keep it costs nothing', async () => {
    let steps = 0;
    const full: RunStore = {
      load: () => Promise.resolve(null),
      save: () => Promise.reject(new Error('full')),
    };
    await expect(train(options({ store: full, onProgress: () => (steps += 1) }))).rejects.toThrow('full');
    expect(steps).toBe(0);
    const store = memoryStore();
    await train(options({ store, steps: 25 }));
    expect(store.saves).toBe(4);
    await train(options({ store, steps: 25 }));
    expect(store.saves).toBe(4);
  });

  it('trains with numbers of iterations and random starts that come with the batch', async () => {
    type Mixed = Batch & { readonly z0: tf.Tensor; readonly steps: tf.Tensor };
    const mixed = implicitTask<Params, tf.Tensor, Mixed>({
      map: ({ w }, z, { x }) => tf.add(tf.mul(w, z), x),
      start: ({ z0 }) => z0,
      loss: (z, _, { y }) => tf.mean(tf.squaredDifference(z, y)),
      gradient: ({ steps }) => truncated<tf.Tensor>({ steps, maxSteps: 12, differentiated: 3 }),
      maxSteps: 12,
    });
    const sampling = { mean: 6, max: 12 };
    const drawn = (i: number): HostArray => sampleIterations(fold(fromSeed(4), i), sampling);
    const source: BatchSource<Mixed, number> = async function* (position) {
      let i = position ?? 0;
      for await (const { batch, position: next } of batches(position)) {
        const z0 = array(...normal(fold(fromSeed(5), i), 8).data);
        yield { batch: { ...batch, z0, steps: drawn(i) }, position: next };
        i = next;
      }
    };
    const { params, history } = await train({
      ...options({ historyEvery: 1 }),
      task: mixed,
      batches: source as never,
      validation: undefined as never,
    });
    // Each step made the iterations that its batch told, at least those on the tape, and one more to measure where it ended.
    const told = Array.from({ length: 60 }, (_, i) => Math.max(3, drawn(i).data[0]!) + 1);
    expect(history.map(({ report }) => report['evaluations'])).toEqual(told);
    expect(new Set(told).size).toBeGreaterThan(4);
    expectClose(params.w.data, [0.25], { atol: 2e-2 });
  });

  it('takes the highest score for the best where higher is better', async () => {
    const scores = [1, 3, 2];
    const validation = {
      every: 1,
      better: 'higher' as const,
      score: (_: unknown, step: number) => scores[step - 1]!,
    };
    const { best } = await train(options({ steps: 3, validation }));
    expect({ step: best!.step, score: best!.score }).toEqual({ step: 2, score: 3 });
  });
});
