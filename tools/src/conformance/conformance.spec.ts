import { conformanceOf } from './judge.ts';
import type { Probe } from './probes.ts';
import { conformanceTable } from './table.ts';
import type { Running } from './targets.ts';

const two = { data: Float32Array.of(1, 2), shape: [2] };
const probe: Probe = {
  name: 'Add',
  kind: 'kernel',
  fn: (x) => x,
  inputs: [],
  expected: [two],
  isWrongInTfjs: false,
};

const target = (run: Running['run'], isTfjs = false): Running => ({
  isTfjs,
  run,
  stop: async () => undefined,
});
const giving = (...data: number[]) =>
  target(async () => [{ data: Float32Array.from(data), shape: [data.length] }]);

describe('conformanceOf', () => {
  it('holds results to a part of the largest number', async () => {
    expect(await conformanceOf(probe, giving(1, 2))).toMatchObject({ verdict: 'right', error: 0 });
    expect(await conformanceOf(probe, giving(1.00001, 2))).toMatchObject({ verdict: 'right' });
    expect(await conformanceOf(probe, giving(1.1, 2))).toMatchObject({
      verdict: 'wrong',
      reason: 'off by 5.0e-2',
    });
  });

  it('calls NaN and other shapes wrong, and NaN right where it must be', async () => {
    expect(await conformanceOf(probe, giving(NaN, 2))).toMatchObject({ verdict: 'wrong', error: null });
    expect(await conformanceOf(probe, giving(1))).toMatchObject({ verdict: 'wrong', error: null });
    const hole = { ...probe, expected: [{ data: Float64Array.of(NaN, Infinity), shape: [2] }] };
    expect(await conformanceOf(hole, giving(NaN, Infinity))).toMatchObject({ verdict: 'right' });
    expect(await conformanceOf(hole, giving(NaN, -Infinity))).toMatchObject({ verdict: 'wrong' });
  });

  it('tells what refuses from what is wrong, and what is known of TensorFlow.js', async () => {
    const refusing = target(() => Promise.reject(new Error('no kernel\nat line 3')));
    expect(await conformanceOf(probe, refusing)).toEqual({
      name: 'Add',
      kind: 'kernel',
      verdict: 'refused',
      reason: 'no kernel',
    });
    const known = { ...probe, isWrongInTfjs: true };
    const tfjs = target(() => Promise.reject(new Error('not asked')), true);
    expect(await conformanceOf(known, tfjs)).toMatchObject({ verdict: 'known' });
  });
});

describe('conformanceTable', () => {
  it('counts, then lists what is not right and what is not here', () => {
    const table = conformanceTable([
      {
        target: 'one',
        isOurs: true,
        outcomes: [
          { name: 'Add', kind: 'kernel', verdict: 'right', error: 1e-7 },
          { name: 'Add', kind: 'gradient', verdict: 'wrong', error: 0.5, reason: 'off by 5.0e-1' },
        ],
      },
      { target: 'two', isOurs: false, absent: 'is not installed' },
    ]);
    expect(table.split('\n')).toEqual([
      '| target | kernels | gradients | loops | largest error |',
      '| --- | ---: | ---: | ---: | ---: |',
      '| one | 1 of 1 | 0 of 1 | 0 of 0 | 1.0e-7 |',
      '',
      'Compiled graphs that are not right:',
      '',
      '- one: gradient Add: wrong, off by 5.0e-1',
      '',
      'Not here:',
      '',
      '- two: is not installed',
    ]);
  });
});
