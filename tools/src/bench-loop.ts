/** Measures what one compiled loop saves over a JavaScript loop of compiled calls. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { compile, type HostArray, spec, whileLoop } from '@equilibria/compile';
import { assertWritable, fromSeed, normal, saveFile } from '@equilibria/core';
import * as tf from '@tensorflow/tfjs';
import { measureAlternating, type Timing } from './measure.ts';
import { runProgram, wholeNumber } from './program.ts';

const HELP = `Usage: npm run bench:loop -- [--json FILE] [--rounds N]

Times 100 Picard steps of tanh(zW + x), z of 16 x 64, in three forms: one compiled loop, a JavaScript loop of
compiled single steps, and TF.js's own cpu backend. Alternating, medians, on an idle machine.`;

const STEPS = 100;
const BATCH = 16;
const WIDTH = 64;
/** Each case runs this often in a row, so that none pays for the caches the one before it left behind. */
const REPEATS = 10;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      rounds: { type: 'string', default: '21' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const rounds = wholeNumber('--rounds', values.rounds);
  if (values.json !== undefined) assertWritable('--json', values.json);
  await measure(rounds, values.json);
  return 0;
}

async function measure(rounds: number, file: string | undefined): Promise<void> {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const draw = (shape: number[], scale: number, seed: number): HostArray => ({
    data: Float32Array.from(normal(fromSeed(seed), shape).data, (x) => x * scale),
    shape,
  });
  const w = draw([WIDTH, WIDTH], 0.05, 1);
  const x = draw([BATCH, WIDTH], 1, 2);
  const z0: HostArray = { data: new Float32Array(BATCH * WIDTH), shape: [BATCH, WIDTH] };
  const weights = tf.tensor2d(w.data as Float32Array, [WIDTH, WIDTH]);
  const picard = (z: tf.Tensor, input: tf.Tensor): tf.Tensor => tf.tanh(tf.add(tf.matMul(z, weights), input));
  const state = spec([BATCH, WIDTH]);
  const loop = await compile(
    (z: tf.Tensor, input: tf.Tensor) =>
      whileLoop({ init: z, body: (s) => picard(s, input), maxSteps: STEPS }).state,
    [state, state],
  );
  const step = await compile(picard, [state, state]);
  const eagerInput = tf.tensor2d(x.data as Float32Array, [BATCH, WIDTH]);

  await assertSame(loop.runArrays(z0, x), iterated(step, z0, x));
  const perRun = await measureAlternating(
    {
      compiledLoop: repeated(async () => void (await loop.runArrays(z0, x))),
      loopOfCompiledCalls: repeated(async () => void (await iterated(step, z0, x))),
      eagerCpu: repeated(async () => {
        tf.tidy(() => {
          let z: tf.Tensor = tf.zeros([BATCH, WIDTH]);
          for (let i = 0; i < STEPS; i++) z = picard(z, eagerInput);
          z.dataSync();
        });
      }),
    },
    { rounds },
  );
  await loop.dispose();
  await step.dispose();
  const timings = Object.fromEntries(
    Object.entries(perRun).map(([name, time]) => [name, divided(time, REPEATS)]),
  ) as typeof perRun;
  const ratio = timings.loopOfCompiledCalls.medianMs / timings.compiledLoop.medianMs;
  const result = {
    case: `${STEPS} Picard steps of tanh(zW + x), ${BATCH} x ${WIDTH}, float32`,
    ratio,
    timings,
    rounds,
    repeats: REPEATS,
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
  };
  for (const [name, { medianMs, lowMs, highMs }] of Object.entries(timings)) {
    console.log(
      `${name.padEnd(22)} ${medianMs.toFixed(3)} ms  (${lowMs.toFixed(3)} to ${highMs.toFixed(3)})`,
    );
  }
  console.log(`one compiled loop is ${ratio.toFixed(1)} times as fast as a loop of compiled calls`);
  if (file !== undefined) await saveFile('--json', file, `${JSON.stringify(result, null, 2)}\n`);
}

type Step = { runArrays(z: HostArray, x: HostArray): Promise<HostArray> };

async function iterated(step: Step, z0: HostArray, x: HostArray): Promise<HostArray> {
  let z = z0;
  for (let i = 0; i < STEPS; i++) z = await step.runArrays(z, x);
  return z;
}

/** What is faster must be the same. */
async function assertSame(a: Promise<HostArray>, b: Promise<HostArray>): Promise<void> {
  const [{ data: one }, { data: other }] = await Promise.all([a, b]);
  const worst = Math.max(...Array.from(one, (value, i) => Math.abs(value - other[i]!)));
  if (worst > 1e-5) throw new Error(`bench:loop: the loops must agree to 1e-5; they differ by ${worst}.`);
}

function repeated(run: () => Promise<void>): () => Promise<void> {
  return async () => {
    for (let i = 0; i < REPEATS; i++) await run();
  };
}

function divided({ medianMs, lowMs, highMs }: Timing, by: number): Timing {
  return { medianMs: medianMs / by, lowMs: lowMs / by, highMs: highMs / by };
}

await runProgram(main);
