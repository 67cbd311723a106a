/** The header of a safetensors file: which tensors lie where. */
import type { HostArray } from '@equilibria/compile';
import { quoted, type Refuse } from './refusal.ts';
import { isReservedKey, type Json, parseStrictJson } from './strict-json.ts';

/** The element types that host arrays have. A BOOL byte is 0 or 1. */
export const STORED_TYPES = {
  F64: { bytes: 8, allocate: (size: number) => new Float64Array(size) },
  F32: { bytes: 4, allocate: (size: number) => new Float32Array(size) },
  I32: { bytes: 4, allocate: (size: number) => new Int32Array(size) },
  U8: { bytes: 1, allocate: (size: number) => new Uint8Array(size) },
  BOOL: { bytes: 1, allocate: (size: number) => new Uint8Array(size) },
} as const satisfies Record<string, { bytes: number; allocate: (size: number) => HostArray['data'] }>;

/** The name of an element type in a file. */
export type StoredType = keyof typeof STORED_TYPES;

/** Where a tensor lies; offsets in bytes from the start of the data. */
export type TensorEntry = {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly size: number;
  readonly begin: number;
  readonly end: number;
};

/** What a header says. */
export type Header = {
  /** In the order of their data, which they tile. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
};

/** Bytes before the header: its length. */
export const LENGTH_BYTES = 8;

/** Longest header in bytes; that of the format's own library. */
const MAX_HEADER = 100_000_000;
const MAX_RANK = 32;
const MAX_NAME = 512;
/** Enough for a hundred thousand tensors. */
const LIMITS = { depth: 3, values: 1_000_000 };
const METADATA = '__metadata__';
/** Words with dots between them, as the paths of trees are: none of them is a path of files. */
const NAME = /^[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*$/u;

/**
 * Reads the length of the header.
 * @param prefix - the first bytes of the file, eight if it has them.
 * @param fileBytes - size of the file.
 */
export function headerLength(prefix: Uint8Array, fileBytes: number, refuse: Refuse): number {
  if (prefix.length < LENGTH_BYTES)
    refuse('begin with the length of its header, 8 bytes', `${prefix.length} bytes`);
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER)) refuse(`have a header of at most ${MAX_HEADER} bytes`, `${length}`);
  const room = fileBytes - LENGTH_BYTES;
  if (length > BigInt(room)) refuse('be as long as its header', `a header of ${length} bytes in ${room}`);
  return Number(length);
}

/**
 * Reads and checks a header; nothing is allocated for the tensors it tells of.
 * @param bytes - the header, without its length.
 * @param dataBytes - bytes behind it.
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number, refuse: Refuse): Header {
  const text = decodeText(bytes, refuse);
  if (!text.startsWith('{')) refuse('have a header that begins with {', quoted(text.slice(0, 20)));
  const fields = parseStrictJson(text, LIMITS, refuse) as { readonly [name: string]: Json };
  const { [METADATA]: metadata = {}, ...tensors } = fields;
  const entries = Object.entries(tensors)
    .map(([name, tensor]) => readEntry(name, tensor, refuse))
    .toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  assertTiling(entries, dataBytes, refuse);
  return { entries, metadata: readMetadata(metadata, refuse) };
}

/** The beginning of a file up to its data: length and header, filled with spaces to a multiple of 8 bytes. */
export function formatHeader({ entries, metadata }: Header): Uint8Array<ArrayBuffer> {
  const keys = Object.keys(metadata).toSorted();
  const notes = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
  const fields = [
    ...(notes.length === 0 ? [] : [`"${METADATA}":{${notes.join(',')}}`]),
    ...entries.map(({ name, type, shape, begin, end }) => {
      return `${JSON.stringify(name)}:${JSON.stringify({ dtype: type, shape, data_offsets: [begin, end] })}`;
    }),
  ];
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, LENGTH_BYTES);
  return bytes;
}

/** The number of elements of a shape, or null if it is no shape, or one of more elements than can be counted. */
export function sizeOfShape(shape: readonly Json[]): number | null {
  const isDimension = (d: Json): d is number => Number.isSafeInteger(d) && (d as number) >= 0;
  if (shape.length > MAX_RANK || !shape.every(isDimension)) return null;
  // Without the zeros, so that they hide no overflow.
  const largest = shape.filter((d) => d > 0).reduce((product, d) => product * d, 1);
  if (!Number.isSafeInteger(largest)) return null;
  return shape.includes(0) ? 0 : largest;
}

/** Refuses names that a tree of tensors could not have, or that mean something to JavaScript or to a file system. */
export function assertTensorName(name: string, refuse: Refuse): void {
  if (name.length <= MAX_NAME && NAME.test(name) && name !== METADATA && !name.split('.').some(isReservedKey))
    return;
  refuse(`name tensors by words with dots between them, at most ${MAX_NAME} characters`, quoted(name), {
    remedy: 'Rename the tensor where the file is written.',
  });
}

/** Metadata are strings by name. */
export function readMetadata(fields: Json, refuse: Refuse): Readonly<Record<string, string>> {
  if (!isRecord(fields)) return refuse(`have an object as ${METADATA}`, quoted(JSON.stringify(fields)));
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value !== 'string') {
      refuse(`have strings in ${METADATA}`, `${quoted(JSON.stringify(value))} at ${quoted(key)}`);
    }
  }
  return fields as Readonly<Record<string, string>>;
}

function decodeText(bytes: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    return refuse('have a header in UTF-8', 'other bytes', { cause });
  }
}

function readEntry(name: string, fields: Json, refuse: Refuse): TensorEntry {
  assertTensorName(name, refuse);
  const got = () => `${quoted(JSON.stringify(fields))} at ${quoted(name)}`;
  if (!isRecord(fields) || Object.keys(fields).toSorted().join() !== 'data_offsets,dtype,shape') {
    return refuse('have dtype, shape and data_offsets, and nothing else, for each tensor', got());
  }
  const { dtype, shape, data_offsets: offsets } = fields;
  if (typeof dtype !== 'string' || !Object.hasOwn(STORED_TYPES, dtype)) {
    return refuse(`have tensors of ${Object.keys(STORED_TYPES).join(', ')}`, got(), {
      remedy: 'Convert the tensor, as half precision to F32, where the file is written.',
    });
  }
  const size = Array.isArray(shape) ? sizeOfShape(shape) : null;
  if (size === null) {
    return refuse(`have shapes of at most ${MAX_RANK} integers >= 0 with a product below 2^53`, got());
  }
  if (!isOffsets(offsets))
    return refuse('have data_offsets [begin, end], integers with 0 <= begin <= end', got());
  const type = dtype as StoredType;
  const [begin, end] = offsets;
  const needed = size * STORED_TYPES[type].bytes;
  if (end - begin !== needed) return refuse(`have ${needed} bytes for such a tensor`, got());
  return { name, type, shape: shape as readonly number[], size, begin, end };
}

/** No bytes without a tensor, none in two: a file could hide data there, or mean two things. */
function assertTiling(entries: readonly TensorEntry[], dataBytes: number, refuse: Refuse): void {
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      const fault = entry.begin < end ? 'overlap' : 'a gap';
      refuse(
        'have tensors that follow each other without gaps and overlaps',
        `${fault} before ${quoted(entry.name)}`,
      );
    }
    end = entry.end;
  }
  if (end !== dataBytes) refuse(`have ${end} bytes of data, as its header says`, `${dataBytes}`);
}

function isOffsets(value: Json | undefined): value is readonly [number, number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const isOffset = (offset: unknown): offset is number => Number.isSafeInteger(offset);
  const [begin, end] = value as readonly unknown[];
  return isOffset(begin) && isOffset(end) && 0 <= begin && begin <= end;
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
