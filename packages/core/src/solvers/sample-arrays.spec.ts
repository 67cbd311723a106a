import { gatherSamples, scatterSamples } from './sample-arrays.ts';

const pairs = { data: Float32Array.of(0, 1, 10, 11, 20, NaN), shape: [3, 2] };
const flags = { data: Uint8Array.of(1, 0, 1), shape: [3] };
const weights = { data: Float64Array.of(7, 8, 9), shape: [3, 1] };

describe('gatherSamples', () => {
  it('takes samples in the order asked for, in every type', () => {
    expect(gatherSamples({ pairs, flags }, [2, 0])).toEqual({
      pairs: { data: Float32Array.of(20, NaN, 0, 1), shape: [2, 2] },
      flags: { data: Uint8Array.of(1, 1), shape: [2] },
    });
  });

  it('keeps whole what has no samples', () => {
    // The leaves in order: flags, weights.
    expect(gatherSamples({ flags, weights }, [1], [true, false])).toEqual({
      flags: { data: Uint8Array.of(0), shape: [1] },
      weights,
    });
  });

  it('takes none, and samples without numbers', () => {
    expect(gatherSamples(pairs, [])).toEqual({ data: new Float32Array(0), shape: [0, 2] });
    const empty = { data: new Float32Array(0), shape: [3, 0] };
    expect(gatherSamples(empty, [1, 2])).toEqual({ data: new Float32Array(0), shape: [2, 0] });
  });
});

describe('scatterSamples', () => {
  it('puts back what was taken out, and leaves the others alone', () => {
    const changed = { data: Float32Array.of(-1, -2, -3, -4), shape: [2, 2] };
    expect(scatterSamples(pairs, changed, [2, 0])).toEqual({
      data: Float32Array.of(-3, -4, 10, 11, -1, -2),
      shape: [3, 2],
    });
    expect(scatterSamples(pairs, gatherSamples(pairs, [2, 1]), [2, 1])).toEqual(pairs);
  });

  it('drops rows that go nowhere, and changes a copy', () => {
    const before = flags.data.slice();
    const changed = scatterSamples(flags, { data: Uint8Array.of(0, 0), shape: [2] }, [null, 2]);
    expect(changed.data).toEqual(Uint8Array.of(1, 0, 0));
    expect(flags.data).toEqual(before);
  });
});
