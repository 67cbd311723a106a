import * as tf from '@tensorflow/tfjs';
import { ALL_PASSES, type Passes } from '../graph/graph.ts';
import { compile } from '../runtime/compile.ts';
import { spec, type TensorSpec } from '../tree/tree.ts';
import { KERNEL_CASES, type KernelCase } from './kernel-cases.ts';
import { probeInput, valueAndGradients } from './probe.ts';

const passes = Object.keys(ALL_PASSES) as (keyof Passes)[];

/** Whether the case, gradient included, runs in float64. */
function isExact({ noFloat64, noFloat64Gradient }: KernelCase): boolean {
  return noFloat64 === undefined && noFloat64Gradient === undefined;
}

async function outcome(at: KernelCase, off: keyof Passes | null): Promise<number[][]> {
  const precision = isExact(at) ? 'float64' : 'float32';
  const signature = at.inputs.map(({ shape, dtype }): TensorSpec => spec(shape, dtype));
  const compiled = await compile(valueAndGradients(at), signature, {
    precision,
    ...(off && { passes: { [off]: false } }),
  });
  const results = await compiled.runArrays(...at.inputs.map((input) => probeInput(input, precision)));
  await compiled.dispose();
  return results.map(({ data }) => Array.from(data));
}

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

describe('switching off a pass', () => {
  const title = ({ kernel, variant }: KernelCase): string => `${kernel} ${variant}`;
  it.each(KERNEL_CASES.map((at) => [title(at), at] as const))(
    'changes no result of %s',
    async (_title, at) => {
      const expected = await outcome(at, null);
      for (const off of passes) {
        const actual = await outcome(at, off);
        actual.forEach((values, i) => {
          // Convolutions in another order of axes may sum in another order.
          const size = Math.max(1, ...expected[i]!.map(Math.abs).filter(Number.isFinite));
          const worst = values.reduce((most, x, k) => {
            const e = expected[i]![k]!;
            return Object.is(x, e) ? most : Math.max(most, Math.abs(x - e));
          }, 0);
          expect({ off, isSame: worst <= size * (isExact(at) ? 1e-12 : 1e-6) }).toEqual({
            off,
            isSame: true,
          });
        });
      }
    },
  );
});
