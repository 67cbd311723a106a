/** Tensors in files: the safetensors format, which holds numbers and no code. */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { HostArray } from '@equilibria/compile';
import { writeFileAtomic } from '../evaluation/atomic-file.ts';
import { quoted, refusalOf, type Refuse } from './refusal.ts';
import { fillFrom, openRegularFile } from './regular-file.ts';
import {
  assertTensorName,
  formatHeader,
  type Header,
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  readMetadata,
  sizeOfShape,
  STORED_TYPES,
  type StoredType,
  type TensorEntry,
} from './safetensors-header.ts';

/** Tensors by name, as `layers.0.w`. */
export type NamedTensors = Readonly<Record<string, HostArray>>;

/** What a safetensors file holds. */
export type Safetensors = {
  readonly tensors: NamedTensors;
  /** The `__metadata__` of the file: strings by name. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** What identifies a file. */
export type FileDigest = {
  /** Of the whole file, lower-case hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
};

/** Options of {@link readSafetensors}. */
export type ReadSafetensorsOptions = {
  /** Largest file; default 4 GiB. */
  readonly maxBytes?: number;
  /** Whether `path` may be a symbolic link; default true. */
  readonly followLinks?: boolean;
};

/** Default of `maxBytes`: a sparse file of any size costs its writer nothing. */
export const MAX_FILE_BYTES = 2 ** 32;

/** Longest part that is handed to the file system at once. */
const CHUNK = 2 ** 26;

/** The element type of each kind of array, by the name that holds across realms. */
const TYPE_OF: Readonly<Record<string, StoredType>> = {
  Float64Array: 'F64',
  Float32Array: 'F32',
  Int32Array: 'I32',
  Uint8Array: 'U8',
};

/**
 * Writes tensors as a safetensors file, whole or not at all (see {@link writeFileAtomic}); its folder must exist.
 *
 * Equal tensors and metadata give equal bytes: the larger element types come first, so that each tensor is aligned, then names in
 * the order of their code units. `Float64Array` is written as F64, `Float32Array` as F32, `Int32Array` as I32, and
 * `Uint8Array` as U8, also where it stands for booleans.
 *
 * @param tensors - borrowed; they must not change until the file is written.
 * @throws {DataError} if a name, a shape, an array or the metadata cannot be in such a file; nothing is written then.
 * @throws the file system's error.
 * @see The format as specified by https://github.com/huggingface/safetensors (README, "Format").
 */
export async function writeSafetensors(
  path: string,
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<FileDigest> {
  const { parts, ...digest } = safetensorsParts({ tensors, metadata }, refusalOf('writeSafetensors', path));
  await writeFileAtomic(path, parts);
  return digest;
}

/**
 * The bytes that {@link writeSafetensors} writes.
 * @throws {DataError} if a name, a shape, an array or the metadata cannot be in such a file.
 */
export function encodeSafetensors(
  tensors: NamedTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const { parts, bytes: length } = safetensorsParts(
    { tensors, metadata },
    refusalOf('encodeSafetensors', 'the file'),
  );
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Reads a safetensors file. The header is checked before anything is allocated for what it tells of, so that memory grows with the
 * size of the file and not with its claims. F64, F32, I32, U8 and BOOL are read, the last two as `Uint8Array`.
 *
 * Read are files whose tensors are named by words with dots between them, and whose data have no gaps and overlaps; unknown
 * fields are refused. The numbers are what the file holds, NaN and infinities too.
 *
 * @returns arrays of the caller, and the digest of the bytes that were read.
 * @throws {DataError} if the file is refused; the message tells the file, what must hold, and what was found.
 */
export async function readSafetensors(
  path: string,
  options: ReadSafetensorsOptions = {},
): Promise<Safetensors & FileDigest> {
  const { maxBytes = MAX_FILE_BYTES, followLinks = true } = options;
  const refuse = refusalOf('readSafetensors', path);
  const { file, bytes } = await openRegularFile(path, { maxBytes, followLinks }, refuse);
  try {
    const hash = createHash('sha256');
    const read = async (into: Uint8Array, position: number): Promise<void> => {
      await fillFrom(file, { into, position, onFilled: (part) => void hash.update(part) }, refuse);
    };
    const prefix = new Uint8Array(Math.min(LENGTH_BYTES, bytes));
    await read(prefix, 0);
    const header = new Uint8Array(headerLength(prefix, bytes, refuse));
    await read(header, LENGTH_BYTES);
    const start = LENGTH_BYTES + header.length;
    const { entries, metadata } = parseHeader(header, bytes - start, refuse);
    const tensors = new Map<string, HostArray>();
    for (const entry of entries) {
      const data = STORED_TYPES[entry.type].allocate(entry.size);
      await read(bytesOf(data), start + entry.begin);
      tensors.set(entry.name, tensorOf(entry, data, refuse));
    }
    return { tensors: Object.fromEntries(tensors), metadata, sha256: hash.digest('hex'), bytes };
  } finally {
    await file.close();
  }
}

/**
 * Reads the bytes of a safetensors file, as {@link readSafetensors} does.
 * @param bytes - the whole file. Borrowed: the arrays are copies.
 * @throws {DataError} if they are refused.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const refuse = refusalOf('decodeSafetensors', 'the file');
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, refuse);
  const start = LENGTH_BYTES + length;
  const { entries, metadata } = parseHeader(
    bytes.subarray(LENGTH_BYTES, start),
    bytes.length - start,
    refuse,
  );
  const tensors = entries.map((entry) => {
    const data = STORED_TYPES[entry.type].allocate(entry.size);
    bytesOf(data).set(bytes.subarray(start + entry.begin, start + entry.end));
    return [entry.name, tensorOf(entry, data, refuse)] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * A file in parts, none of them a copy of a tensor, and its digest.
 * @throws {DataError} if it cannot be such a file.
 */
export function safetensorsParts(
  { tensors, metadata }: Safetensors,
  refuse: Refuse,
): FileDigest & { readonly parts: readonly Uint8Array[] } {
  const header = headerOf(tensors, readMetadata(metadata, refuse), refuse);
  const dataBytes = header.entries.at(-1)?.end ?? 0;
  const prefix = formatHeader(header);
  const bytes = prefix.length + dataBytes;
  // Nothing is written that would not be read.
  headerLength(prefix.subarray(0, LENGTH_BYTES), bytes, refuse);
  parseHeader(prefix.subarray(LENGTH_BYTES), dataBytes, refuse);
  const parts = [prefix, ...header.entries.flatMap(({ name }) => chunksOf(bytesOf(tensors[name]!.data)))];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return { parts, sha256: hash.digest('hex'), bytes };
}

function headerOf(tensors: NamedTensors, metadata: Readonly<Record<string, string>>, refuse: Refuse): Header {
  const described = Object.entries(tensors).map(([name, tensor]) => describe(name, tensor, refuse));
  const widest = (type: StoredType): number => STORED_TYPES[type].bytes;
  described.sort((a, b) => widest(b.type) - widest(a.type) || (a.name < b.name ? -1 : 1));
  let at = 0;
  const entries = described.map((entry) => {
    const begin = at;
    at += entry.size * widest(entry.type);
    return { ...entry, begin, end: at };
  });
  return { entries, metadata };
}

function describe(
  name: string,
  { data, shape }: HostArray,
  refuse: Refuse,
): Omit<TensorEntry, 'begin' | 'end'> {
  assertTensorName(name, refuse);
  const kind: string = data[Symbol.toStringTag];
  const type = TYPE_OF[kind];
  const remedy = 'Correct the tensor.';
  if (type === undefined) {
    return refuse(`hold ${Object.keys(TYPE_OF).join(', ')}`, `${kind} at ${quoted(name)}`, {
      remedy,
    });
  }
  const size = sizeOfShape(shape);
  if (size !== data.length) {
    refuse(
      'hold as many numbers as shapes tell',
      `${data.length} for [${shape.join(', ')}] at ${quoted(name)}`,
      {
        remedy,
      },
    );
  }
  return { name, type, shape, size: data.length };
}

function tensorOf({ name, type, shape }: TensorEntry, data: HostArray['data'], refuse: Refuse): HostArray {
  if (type === 'BOOL' && !data.every((byte: number) => byte <= 1)) {
    refuse('have bytes 0 and 1 in tensors of BOOL', `another one at ${quoted(name)}`);
  }
  return { data, shape };
}

function bytesOf({ buffer, byteOffset, byteLength }: HostArray['data']): Uint8Array {
  if (endianness() !== 'LE')
    throw new Error('safetensors: the machine must be little-endian, as the format is.');
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function chunksOf(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / CHUNK);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * CHUNK, (i + 1) * CHUNK));
}
