/** Explicit random keys: every stream of numbers has a name of its own, so a new consumer shifts no other stream. */
import { sha256 } from '@noble/hashes/sha2.js';

/**
 * A random key: 128 bits as four unsigned 32-bit words. Plain data, safe to store in JSON.
 *
 * Every derivation is the first 16 bytes of SHA-256 over `words ‖ purpose ‖ payload` (words and numbers little-endian), so
 * keys derived by different purposes, indices or names are independent for every statistical purpose.
 */
export type Key = { readonly words: readonly [number, number, number, number] };

/** What a derivation is for; a byte of its own keeps `fold(key, 0)`, `split(key, 1)[0]` and `fromSeed(0)` apart. */
const PURPOSE = { seed: 0, split: 1, number: 2, name: 3, stream: 4 } as const;

const ROOT: Key = { words: [0, 0, 0, 0] };

/**
 * The root key of a seed. Every seed is a seed, 0 too.
 * @param seed - a safe integer.
 * @throws {RangeError} if `seed` is not a safe integer.
 */
export function fromSeed(seed: number): Key {
  return derive(ROOT, PURPOSE.seed, integerBytes('fromSeed: seed', seed));
}

/**
 * `n` independent keys. `split(key, n)[i]` does not depend on `n`.
 * @throws {RangeError} if `n` is not an integer >= 0.
 */
export function split(key: Key, n: number): Key[] {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`split: n must be an integer >= 0; got ${n}.`);
  return Array.from({ length: n }, (_, i) => derive(key, PURPOSE.split, integerBytes('split', i)));
}

/**
 * The key of a named or numbered consumer: `fold(key, 'noise')`, `fold(key, step)`. A name and a number never collide.
 * @throws {RangeError} if a number is not a safe integer.
 */
export function fold(key: Key, consumer: string | number): Key {
  return typeof consumer === 'number'
    ? derive(key, PURPOSE.number, integerBytes('fold: a number', consumer))
    : derive(key, PURPOSE.name, new TextEncoder().encode(consumer));
}

/** The 128-bit state from which the samplers named `sampler` draw; never equal to a key, so no stream repeats one. */
export function streamState(key: Key, sampler: string): Key['words'] {
  return derive(key, PURPOSE.stream, new TextEncoder().encode(sampler)).words;
}

function derive(key: Key, purpose: number, payload: Uint8Array): Key {
  const message = new Uint8Array(17 + payload.length);
  const view = new DataView(message.buffer);
  key.words.forEach((word, i) => view.setUint32(4 * i, word, true));
  message[16] = purpose;
  message.set(payload, 17);
  const hash = sha256(message);
  const out = new DataView(hash.buffer, hash.byteOffset);
  const word = (i: number) => out.getUint32(4 * i, true);
  return { words: [word(0), word(1), word(2), word(3)] };
}

function integerBytes(what: string, value: number): Uint8Array {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${what} must be a safe integer; got ${value}.`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
  return bytes;
}
