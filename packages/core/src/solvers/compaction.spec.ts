import { spec } from '@equilibria/compile';
import { batchedContext, batchedState, resized, smallerSizes } from './compaction.ts';

const batched: readonly string[] = [];

describe('smallerSizes', () => {
  it('halves the batch, to pairs in float32 and to one sample in float64', () => {
    expect(smallerSizes(64, { batched }, 'float32')).toEqual([2, 4, 8, 16, 32]);
    expect(smallerSizes(64, { batched }, 'float64')).toEqual([1, 2, 4, 8, 16, 32]);
    expect(smallerSizes(7, { batched }, 'float32')).toEqual([2, 4]);
    expect(smallerSizes(3, { batched }, 'float64')).toEqual([1, 2]);
  });

  it('has none for batches that have no smaller one', () => {
    expect(smallerSizes(2, { batched }, 'float32')).toEqual([]);
    expect(smallerSizes(1, { batched }, 'float64')).toEqual([]);
    expect(smallerSizes(0, { batched }, 'float64')).toEqual([]);
  });

  it('takes others, in any order', () => {
    expect(smallerSizes(64, { batched, sizes: [8, 1, 8] }, 'float32')).toEqual([1, 8]);
    expect(smallerSizes(64, { batched, sizes: [] }, 'float32')).toEqual([]);
  });

  it.each([0, 1.5, 64, NaN])('refuses the size %p', (size) => {
    expect(() => smallerSizes(64, { batched, sizes: [size] }, 'float32')).toThrow(
      `compileSolve: compaction.sizes must be integers in 1..63, below the batch; got ${size}.`,
    );
  });

  it('refuses a name that is no option', () => {
    const options = { batched, size: 3 } as { batched: readonly string[] };
    expect(() => smallerSizes(64, options, 'float32')).toThrow(
      "compileSolve: 'size' must be one of compaction's batched, sizes.",
    );
  });
});

describe('batchedContext', () => {
  const context = { W: spec([4, 4]), layer: { bias: spec([4, 2]), scale: spec([4]) } };

  it('knows leaves by path, subtrees, and the whole', () => {
    // In order: W, layer.bias, layer.scale.
    expect(batchedContext(context, 4, { batched: ['layer.bias'] })).toEqual([false, true, false]);
    expect(batchedContext(context, 4, { batched: ['layer'] })).toEqual([false, true, true]);
    expect(batchedContext(context, 4, { batched: [''] })).toEqual([true, true, true]);
    expect(batchedContext(context, 4, { batched: [] })).toEqual([false, false, false]);
    expect(batchedContext(spec([4]), 4, { batched: [''] })).toEqual([true]);
  });

  it.each(['x', 'lay', 'layer.bias.0'])('refuses the unknown name %p', (name) => {
    expect(() => batchedContext(context, 4, { batched: [name] })).toThrow(
      "compileSolve: compaction.batched must name leaves of the context, of 'W', 'layer.bias', 'layer.scale'; " +
        `got '${name}'.`,
    );
  });

  it('refuses a leaf without the length of the batch, and no list', () => {
    expect(() => batchedContext(context, 8, { batched: ['layer.scale'] })).toThrow(
      "compileSolve: a leaf named in compaction.batched must have the 8 samples on axis 0; 'layer.scale' has shape [4].",
    );
    expect(() => batchedContext(spec([]), 8, { batched: [''] })).toThrow("'' has shape [].");
    expect(() => batchedContext(context, 4, {} as { batched: readonly string[] })).toThrow(
      "compileSolve: compaction.batched must list the context's leaves that have the batch on axis 0; got undefined.",
    );
  });
});

describe('batchedState', () => {
  const sizes = { batch: 4, size: 2 };

  it('tells leaves with samples by two batches, also where a length is the same by chance', () => {
    const whole = { W: spec([4, 4]), count: spec([], 'int32'), z: spec([4, 4]) };
    const smaller = { W: spec([4, 4]), count: spec([], 'int32'), z: spec([2, 4]) };
    const isBatched = batchedState(whole, smaller, sizes);
    // In order: W, count, z.
    expect(isBatched).toEqual([false, false, true]);
    expect(resized(whole, isBatched, 2)).toEqual(smaller);
  });

  it.each([
    [[3, 4], [3, 2], '[3, 4] for 4 samples and [3, 2] for 2'],
    [[8], [4], '[8] for 4 samples and [4] for 2'],
    [[4, 4], [2, 2], '[4, 4] for 4 samples and [2, 2] for 2'],
  ])('refuses samples elsewhere: %j', (shape, other, message) => {
    expect(() => batchedState({ memory: spec(shape) }, { memory: spec(other) }, sizes)).toThrow(
      'compileSolve: with compaction, a leaf of the state must have the batch on axis 0, or no part of it in its shape; ' +
        `'memory' has ${message}. Solve without compaction.`,
    );
  });

  it('refuses a leaf that only one of the batches has', () => {
    expect(() => batchedState({ a: spec([4]), b: spec([4]) }, { a: spec([2]) }, sizes)).toThrow(
      "'b' has [4] for 4 samples and is not there for 2.",
    );
  });
});
