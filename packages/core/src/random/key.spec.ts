import { fold, fromSeed, split, type Key } from './key.ts';

const text = (key: Key) => key.words.join(' ');

describe('fromSeed', () => {
  it('gives the same key for the same seed, on every machine', () => {
    // SHA-256 of 16 zero bytes, a zero byte and eight zero bytes, first 16 bytes as little-endian words.
    expect(fromSeed(0)).toEqual({ words: [3782021729, 1991873975, 2408033523, 2811226184] });
  });
  it('takes seed 0 for a seed', () => {
    expect(text(fromSeed(0))).toBe(text(fromSeed(0)));
    expect(text(fromSeed(0))).not.toBe(text(fromSeed(1)));
  });
  it('tells every safe integer from its neighbours, beyond 32 bits and below zero', () => {
    const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1];
    expect(new Set(seeds.map((seed) => text(fromSeed(seed)))).size).toBe(seeds.length);
  });
  it.each([0.5, NaN, Infinity, 2 ** 53])('refuses %p', (seed) => {
    expect(() => fromSeed(seed)).toThrow(`fromSeed: seed must be a safe integer; got ${seed}.`);
  });
});

describe('split', () => {
  it('gives distinct keys that do not depend on how many are asked for', () => {
    const keys = split(fromSeed(3), 100);
    expect(new Set(keys.map(text)).size).toBe(100);
    expect(split(fromSeed(3), 7)).toEqual(keys.slice(0, 7));
  });
  it('gives none for n = 0 and refuses what is no count', () => {
    expect(split(fromSeed(3), 0)).toEqual([]);
    expect(() => split(fromSeed(3), 1.5)).toThrow('split: n must be an integer >= 0; got 1.5.');
  });
});

describe('fold', () => {
  it('keeps names, numbers, splits and seeds apart', () => {
    const key = fromSeed(0);
    const derived = [key, fold(key, 0), fold(key, '0'), fold(key, ''), split(key, 1)[0]!, fold(key, 1)];
    expect(new Set(derived.map(text)).size).toBe(derived.length);
  });
  it('depends on the key as well as on the name', () => {
    expect(text(fold(fromSeed(0), 'noise'))).not.toBe(text(fold(fromSeed(1), 'noise')));
    expect(fold(fromSeed(0), 'noise')).toEqual(fold(fromSeed(0), 'noise'));
  });
  it('refuses a number that is no safe integer', () => {
    expect(() => fold(fromSeed(0), 0.5)).toThrow('fold: a number must be a safe integer; got 0.5.');
  });
});
