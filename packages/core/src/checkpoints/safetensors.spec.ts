import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DataError, type HostArray } from '@equilibria/compile';
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensors,
  readSafetensors,
  writeSafetensors,
} from './safetensors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

const TENSORS: NamedTensors = {
  mask: { data: Uint8Array.of(1, 0, 255), shape: [3] },
  'layers.0.w': { data: Float32Array.of(1.5, -0, NaN, Infinity), shape: [2, 2] },
  'layers.10.w': { data: Float64Array.of(Math.PI), shape: [] },
  'layers.2.w': { data: Int32Array.of(-1, 2 ** 31 - 1), shape: [1, 2] },
  none: { data: new Float32Array(0), shape: [3, 0] },
};

/** The header in a file's bytes. */
function headerOf(bytes: Uint8Array): string {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
}

const word = fc
  .stringMatching(/^[\p{L}\p{N}_-]{1,6}$/u)
  .filter((w) => !/^(constructor|prototype|__.*)$/.test(w));
const names = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('.'));
const arrays: fc.Arbitrary<HostArray> = fc
  .tuple(fc.array(fc.nat(3), { maxLength: 3 }), fc.nat(3), fc.infiniteStream(fc.double()))
  .map(([shape, kind, values]) => {
    const size = shape.reduce((product, d) => product * d, 1);
    const data = Array.from({ length: size }, () => values.next().value);
    return { data: [Float64Array, Float32Array, Int32Array, Uint8Array][kind]!.from(data), shape };
  });
const files = fc.record({
  tensors: fc.dictionary(names, arrays, { maxKeys: 5, noNullPrototype: true }),
  metadata: fc.dictionary(word, fc.string({ unit: 'binary' }), { maxKeys: 3, noNullPrototype: true }),
});

describe('encodeSafetensors', () => {
  it('writes the bytes of the format', () => {
    const bytes = encodeSafetensors({ w: { data: Float32Array.of(1, -2), shape: [2] } }, { by: 'hand' });
    const header =
      '{"__metadata__":{"by":"hand"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'.padEnd(88);
    const expected = [
      88,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      ...new TextEncoder().encode(header),
      0,
      0,
      0x80,
      0x3f,
      0,
      0,
      0,
      0xc0,
    ];
    expect(Array.from(bytes)).toEqual(expected);
  });

  it('puts wide elements first, then names in order, so that each tensor is aligned', () => {
    const found = [...headerOf(encodeSafetensors(TENSORS)).matchAll(/"([^"]+)":\{.*?\[(\d+),\d+\]\}/g)];
    expect(found.map(([, name, begin]) => [name, Number(begin)])).toEqual([
      ['layers.10.w', 0],
      ['layers.0.w', 8],
      ['layers.2.w', 24],
      ['none', 32],
      ['mask', 32],
    ]);
  });

  it('writes the same bytes whatever the order of names', () => {
    const reversed = Object.fromEntries(Object.entries(TENSORS).toReversed());
    const bytes = encodeSafetensors(TENSORS, { a: '1', b: '2' });
    expect(encodeSafetensors(reversed, { b: '2', a: '1' })).toEqual(bytes);
  });

  it('writes a file of no tensors', () => {
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  it.each<[string, NamedTensors, string]>([
    ['a name', { '../w': TENSORS['mask']! }, 'must name tensors by words with dots between them'],
    ['the name of the metadata', { __metadata__: TENSORS['mask']! }, 'must name tensors by words'],
    ['a size', { w: { data: new Float32Array(3), shape: [2] } }, 'got 3 for [2] at "w". Correct the tensor.'],
    ['a shape', { w: { data: new Float32Array(1), shape: [-1, -1] } }, 'got 1 for [-1, -1] at "w"'],
    [
      'a kind of array',
      { w: { data: new Int16Array(2) as unknown as Int32Array, shape: [2] } },
      'must hold Float64Array, Float32Array, Int32Array, Uint8Array; got Int16Array at "w"',
    ],
  ])('refuses %s that cannot be in a file', (_, tensors, message) => {
    expect(() => encodeSafetensors(tensors)).toThrow(DataError);
    expect(() => encodeSafetensors(tensors)).toThrow(message);
  });

  it('refuses metadata that it would not read', () => {
    const metadata = JSON.parse('{"__proto__":"a"}') as Record<string, string>;
    expect(() => encodeSafetensors({}, metadata)).toThrow('must not use the reserved names of JavaScript');
    expect(() => encodeSafetensors({}, { a: 1 as unknown as string })).toThrow(
      'must have strings in __metadata__',
    );
  });
});

describe('decodeSafetensors', () => {
  it('gives back random tensors and metadata, bit for bit', () => {
    const holds = ({ tensors, metadata }: { tensors: NamedTensors; metadata: Record<string, string> }) => {
      const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata));
      expect(decoded).toEqual({ tensors, metadata });
      const bits = ({ data }: HostArray) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      for (const [name, tensor] of Object.entries(tensors)) {
        expect(bits(decoded.tensors[name]!)).toEqual(bits(tensor));
      }
    };
    fc.assert(fc.property(files, holds), { seed: 7, numRuns: 200 });
  });

  it('reads what others write: any order, spaces, BOOL, unaligned data', () => {
    const header =
      '{ "b" : {"data_offsets":[1, 5],"shape":[1],"dtype":"F32"},\n"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}';
    const bytes = new Uint8Array(8 + header.length + 5);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    bytes.set([1, 0, 0, 0x80, 0x3f], 8 + header.length);
    expect(decodeSafetensors(bytes).tensors).toEqual({
      a: { data: Uint8Array.of(1), shape: [1] },
      b: { data: Float32Array.of(1), shape: [1] },
    });
  });

  it('gives copies', () => {
    const bytes = encodeSafetensors({ w: { data: Float32Array.of(1), shape: [1] } });
    const { tensors } = decodeSafetensors(bytes);
    bytes.fill(0);
    expect(tensors['w']!.data[0]).toBe(1);
  });

  it('refuses a file with any bit flipped, or reads as many numbers as before', () => {
    const bytes = encodeSafetensors(
      { w: TENSORS['layers.0.w']!, on: { data: Uint8Array.of(1), shape: [1] } },
      { a: 'b' },
    );
    const outcomes = new Set<string>();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const { tensors } = decodeSafetensors(flipped);
        const total = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
        expect(total).toBe(17);
        outcomes.add('read');
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        outcomes.add('refused');
      }
    }
    expect(outcomes).toEqual(new Set(['read', 'refused']));
  });

  it('refuses a file that ends early, wherever it ends', () => {
    const bytes = encodeSafetensors(TENSORS);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.slice(0, length))).toThrow(DataError);
    }
  });
});

describe('writeSafetensors and readSafetensors', () => {
  it('go by a file, and tell its digest', async () => {
    const path = join(folder, 'w.safetensors');
    const digest = await writeSafetensors(path, TENSORS, { a: 'b' });
    expect(Uint8Array.from(await readFile(path))).toEqual(encodeSafetensors(TENSORS, { a: 'b' }));
    expect(await readSafetensors(path)).toEqual({ tensors: TENSORS, metadata: { a: 'b' }, ...digest });
    expect(digest.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(folder)).toEqual(['w.safetensors']);
  });

  it('write nothing if a tensor is refused', async () => {
    const path = join(folder, 'w');
    await expect(writeSafetensors(path, { '': TENSORS['mask']! })).rejects.toThrow(
      `writeSafetensors: ${path} must name`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuse a file larger than it may be', async () => {
    const path = join(folder, 'w');
    await writeFile(path, encodeSafetensors(TENSORS));
    await expect(readSafetensors(path, { maxBytes: 100 })).rejects.toThrow('must have at most 100 bytes');
  });
});
