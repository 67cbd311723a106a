import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataError } from '@equilibria/core';
import { trainEach } from './train.ts';

describe('models that are trained one after the other', () => {
  const said: string[] = [];
  const trained: string[] = [];
  beforeEach(() => {
    said.length = 0;
    trained.length = 0;
    jest.spyOn(console, 'error').mockImplementation((line: string) => void said.push(line));
  });
  afterEach(() => void jest.restoreAllMocks());

  const runs = ['first', 'second', 'third'].map((name, seed) => ({ name, seed }));
  const failing =
    (error: Error, ...names: readonly string[]) =>
    async ({ name }: { readonly name: string }): Promise<void> => {
      if (names.includes(name)) throw error;
      trained.push(name);
    };

  it('are all trained, also when one fails, and the failures are counted', async () => {
    const promise = trainEach(runs, failing(new Error('it ran away.'), 'first'));
    await expect(promise).rejects.toThrow('1 of 3 models could not be trained; see above.');
    expect(trained).toEqual(['second', 'third']);
    expect(said).toEqual(['first seed 0: it ran away.']);
  });

  it('are bad input together only if each that failed is', async () => {
    const promise = trainEach(runs, failing(new DataError('the folder is taken.'), 'first', 'third'));
    await expect(promise).rejects.toBeInstanceOf(DataError);
    const mixed = trainEach(runs, async (run) => {
      await failing(new DataError('the folder is taken.'), 'first')(run);
      await failing(new Error('it ran away.'), 'second')(run);
    });
    await expect(mixed).rejects.not.toBeInstanceOf(DataError);
  });

  it('say nothing if none fails, and the error of the only one is its own', async () => {
    await trainEach(runs, failing(new Error('never')));
    expect(trained).toHaveLength(3);
    const error = new Error('it ran away.');
    await expect(trainEach(runs.slice(0, 1), failing(error, 'first'))).rejects.toBe(error);
    expect(said).toEqual([]);
  });
});
