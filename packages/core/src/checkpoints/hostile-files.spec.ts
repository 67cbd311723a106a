import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@equilibria/compile';
import { decodeSafetensors, readSafetensors } from './safetensors.ts';

const FOLDER = join(import.meta.dirname, 'fixtures', 'hostile');

/** A name for the file, its bytes, and what the refusal says of it. */
type Attack = readonly [name: string, bytes: Uint8Array, message: string];

/** A file whose header has its true length, before 8 bytes of data. */
function fileOf(header: string | Uint8Array, data: Uint8Array = new Uint8Array(8)): Uint8Array {
  const bytes = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  return claiming(BigInt(bytes.length), bytes, data);
}

/** A file that claims a header of `length` bytes. */
function claiming(length: bigint, ...parts: Uint8Array[]): Uint8Array {
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length, true);
  return Uint8Array.from([prefix, ...parts].flatMap((part) => [...part]));
}

const W = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';
const SOUND = fileOf(`{"w":{${W}}}`);

/** A file of a tensor called `name`, in JSON. */
const named = (name: string) => fileOf(`{${name}:{${W}}}`);
const ofType = (dtype: string) => fileOf(`{"w":{"dtype":${dtype},"shape":[2],"data_offsets":[0,8]}}`);
const ofShape = (shape: string) => fileOf(`{"w":{"dtype":"F32","shape":${shape},"data_offsets":[0,8]}}`);
const ofOffsets = (offsets: string) => fileOf(`{"w":{"dtype":"F32","shape":[2],"data_offsets":${offsets}}}`);
/** Two tensors of one float each. */
const pair = (first: string, second: string) =>
  fileOf(
    `{"a":{"dtype":"F32","shape":[1],"data_offsets":${first}},"b":{"dtype":"F32","shape":[1],"data_offsets":${second}}}`,
  );
const withMetadata = (metadata: string) => fileOf(`{"__metadata__":${metadata},"w":{${W}}}`);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const NAMES = 'must name tensors by words with dots between them';
const SHAPES = 'must have shapes of at most 32 integers >= 0 with a product below 2^53';
const OFFSETS = 'must have data_offsets [begin, end], integers with 0 <= begin <= end';
const TILING = 'must have tensors that follow each other without gaps and overlaps';
const RESERVED = 'must not use the reserved names of JavaScript';

const ATTACKS: readonly Attack[] = [
  ['empty', new Uint8Array(0), 'must begin with the length of its header, 8 bytes; got 0 bytes'],
  ['seven-bytes', new Uint8Array(7), 'must begin with the length of its header, 8 bytes; got 7 bytes'],
  ['header-length-zero', claiming(0n, new Uint8Array(8)), 'must have a header that begins with {; got ""'],
  ['header-length-of-2-to-the-64', claiming(2n ** 64n - 1n), 'got 18446744073709551615'],
  ['header-length-negative-if-signed', claiming(2n ** 63n), 'got 9223372036854775808'],
  ['header-length-over-limit', claiming(100_000_001n), 'must have a header of at most 100000000 bytes'],
  ['header-longer-than-file', claiming(100_000_000n, SOUND), 'must be as long as its header'],
  ['header-truncated', SOUND.slice(0, 30), 'must be as long as its header; got a header of 54 bytes in 22'],
  ['header-length-too-short', claiming(9n, SOUND.slice(8)), 'must close each string'],
  ['data-truncated', SOUND.slice(0, -1), 'must have 8 bytes of data, as its header says; got 7'],
  ['trailing-bytes', Uint8Array.from([...SOUND, 0]), 'must have 8 bytes of data, as its header says; got 9'],
  ['data-without-tensors', fileOf('{}'), 'must have 0 bytes of data, as its header says; got 8'],
  [
    'pickle',
    Uint8Array.from([0x80, 4, 0x95, 0x1f, 0, 0, 0, 0, 0, 0, 0, 0x8c, 5]),
    'must have a header of at most 100000000 bytes; got 529859712',
  ],
  ['invalid-utf8', fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22)), 'must have a header in UTF-8'],
  [
    'utf8-surrogate',
    fileOf(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22)),
    'must have a header in UTF-8',
  ],
  ['byte-order-mark', fileOf(`\ufeff{"w":{${W}}}`), 'must have a header that begins with {; got "\\ufeff'],
  ['space-before-header', fileOf(` {"w":{${W}}}`), 'must have a header that begins with {'],
  ['header-is-a-list', fileOf(`[{${W}}]`), 'must have a header that begins with {'],
  ['header-is-a-number', fileOf('1'), 'must have a header that begins with {'],
  ['header-not-json', fileOf("{'w':1}"), 'must name each field in quotes'],
  ['header-unclosed', fileOf(`{"w":{${W}}`), 'must have a comma or } behind each item; got its end'],
  ['trailing-comma', fileOf(`{"w":{${W}},}`), 'must name each field in quotes'],
  ['two-headers', fileOf(`{"w":{${W}}}{}`), 'must end behind its JSON value'],
  ['nul-padding', fileOf(`{"w":{${W}}}\0\0`), 'must end behind its JSON value; got "\\u0000\\u0000"'],
  ['raw-newline-in-name', named('"a\nb"'), 'must hold strings of JSON'],
  ['deep-shape', ofShape(nested(5000)), 'must hold JSON of at most 3 levels'],
  ['deep-metadata', withMetadata(`{"a":${nested(5000)}}`), 'must hold JSON of at most 3 levels'],
  ['duplicate-tensor', fileOf(`{"w":{${W}},"w":{${W}}}`), 'must name each field once; got "w" twice'],
  [
    'duplicate-by-escape',
    fileOf(`{"w":{${W}},"\\u0077":{${W}}}`),
    'must name each field once; got "w" twice',
  ],
  ['duplicate-field', fileOf(`{"w":{${W},"shape":[2]}}`), 'must name each field once; got "shape" twice'],
  ['name-proto', named('"__proto__"'), RESERVED],
  ['name-proto-escaped', named('"\\u005f_proto__"'), RESERVED],
  ['name-constructor', named('"constructor"'), RESERVED],
  ['name-with-prototype-inside', named('"layers.prototype.w"'), NAMES],
  ['name-empty', named('""'), NAMES],
  ['name-of-parent-folder', named('"../w"'), NAMES],
  ['name-of-absolute-path', named('"/etc/passwd"'), NAMES],
  ['name-of-windows-path', named('"C:\\\\w"'), NAMES],
  ['name-with-empty-word', named('"a..b"'), NAMES],
  ['name-with-nul', named('"w\\u0000"'), NAMES],
  [
    'name-that-steers-a-terminal',
    named('"\\u001b[2Jw"'),
    `${NAMES}, at most 512 characters; got "\\u001b[2Jw"`,
  ],
  ['name-with-lone-surrogate', named('"\\ud800"'), NAMES],
  ['name-of-10-kb', named(`"${'w'.repeat(10_000)}"`), NAMES],
  ['dtype-unknown', ofType('"F33"'), 'must have tensors of F64, F32, I32, U8, BOOL'],
  ['dtype-of-half-precision', ofType('"F16"'), 'must have tensors of F64, F32, I32, U8, BOOL'],
  ['dtype-inherited', ofType('"toString"'), 'must have tensors of F64, F32, I32, U8, BOOL'],
  ['dtype-not-a-string', ofType('{}'), 'must have tensors of F64, F32, I32, U8, BOOL'],
  ['shape-negative', ofShape('[-2]'), SHAPES],
  ['shape-doubly-negative', ofShape('[-1,-2]'), SHAPES],
  ['shape-fractional', ofShape('[2.5]'), SHAPES],
  ['shape-nan', ofShape('[NaN]'), 'must hold JSON; got "NaN'],
  ['shape-infinite', ofShape('[1e999]'), 'must hold finite numbers; got "1e999"'],
  ['shape-of-strings', ofShape('["2"]'), SHAPES],
  ['shape-of-null', ofShape('[null]'), SHAPES],
  ['shape-not-a-list', ofShape('2'), SHAPES],
  ['shape-unsafe', ofShape('[9007199254740992]'), SHAPES],
  ['shape-overflowing', ofShape('[4294967296,4294967296]'), SHAPES],
  ['shape-overflowing-beside-zero', ofShape('[0,9007199254740991,9007199254740991]'), SHAPES],
  ['shape-of-33-axes', ofShape(`[${'1,'.repeat(32)}2]`), SHAPES],
  ['shape-of-other-size', ofShape('[3]'), 'must have 12 bytes for such a tensor'],
  [
    'claim-of-4-petabytes',
    fileOf('{"w":{"dtype":"F32","shape":[1000000000000000],"data_offsets":[0,4000000000000000]}}'),
    'must have 4000000000000000 bytes of data',
  ],
  ['offsets-negative', ofOffsets('[-8,0]'), OFFSETS],
  ['offsets-fractional', ofOffsets('[0.5,8.5]'), OFFSETS],
  ['offsets-reversed', ofOffsets('[8,0]'), OFFSETS],
  ['offsets-overflowing', ofOffsets('[18446744073709551608,18446744073709551616]'), OFFSETS],
  ['offsets-of-three', ofOffsets('[0,8,8]'), OFFSETS],
  ['offsets-not-a-list', ofOffsets('"08"'), OFFSETS],
  ['offsets-beyond-file', ofOffsets('[8,16]'), TILING],
  ['tensors-overlap', pair('[0,4]', '[2,6]'), `${TILING}; got overlap before "b"`],
  ['tensors-share-bytes', pair('[0,4]', '[0,4]'), `${TILING}; got overlap before "b"`],
  ['gap-between', pair('[0,4]', '[5,9]'), `${TILING}; got a gap before "b"`],
  ['gap-at-start', pair('[4,8]', '[8,12]'), `${TILING}; got a gap before "a"`],
  [
    'field-missing',
    fileOf('{"w":{"shape":[2],"data_offsets":[0,8]}}'),
    'must have dtype, shape and data_offsets',
  ],
  [
    'field-unknown',
    fileOf(`{"w":{${W},"code":"1"}}`),
    'must have dtype, shape and data_offsets, and nothing else',
  ],
  ['tensor-null', fileOf('{"w":null}'), 'must have dtype, shape and data_offsets'],
  ['tensor-a-list', fileOf('{"w":[]}'), 'must have dtype, shape and data_offsets'],
  ['metadata-a-list', withMetadata('["a"]'), 'must have an object as __metadata__'],
  ['metadata-a-string', withMetadata('"a"'), 'must have an object as __metadata__'],
  ['metadata-of-numbers', withMetadata('{"a":1}'), 'must have strings in __metadata__; got "1" at "a"'],
  ['metadata-of-objects', withMetadata('{"a":{}}'), 'must have strings in __metadata__'],
  ['metadata-proto', withMetadata('{"__proto__":"a"}'), RESERVED],
  [
    'bool-of-2',
    fileOf('{"w":{"dtype":"BOOL","shape":[8],"data_offsets":[0,8]}}', new Uint8Array(8).fill(2)),
    'must have bytes 0 and 1',
  ],
];

/** One line: where, which file, what must hold, what was found, what to do; nothing that steers a terminal. */
const MESSAGE = /^\w+: [\x20-\x7e]+ must [\x20-\x7e…]+; got [\x20-\x7e…]+\. [\x20-\x7e]+\.$/;

async function refusalOf(reading: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(reading)
    .then(
      () => 'was not refused',
      (reason: unknown) => reason,
    );
  expect(error).toBeInstanceOf(DataError);
  const { message } = error as DataError;
  expect(message).toMatch(MESSAGE);
  return message;
}

describe('the folder of hostile files', () => {
  it('is that of the list', async () => {
    if (process.env['WRITE_HOSTILE'] !== undefined) {
      for (const [name, bytes] of ATTACKS) await writeFile(join(FOLDER, `${name}.safetensors`), bytes);
    }
    const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.safetensors'));
    expect(files.toSorted()).toEqual(ATTACKS.map(([name]) => `${name}.safetensors`).toSorted());
    for (const [name, bytes] of ATTACKS) {
      expect(Uint8Array.from(await readFile(join(FOLDER, `${name}.safetensors`)))).toEqual(bytes);
    }
  });

  it('is of variations of a file that is sound', () => {
    expect(decodeSafetensors(SOUND).tensors).toEqual({ w: { data: new Float32Array(2), shape: [2] } });
  });

  it.each(ATTACKS)('%s is refused by one message', async (name, bytes, message) => {
    const path = join(FOLDER, `${name}.safetensors`);
    expect(await refusalOf(() => readSafetensors(path))).toMatch(
      new RegExp(`^readSafetensors: ${path} must`),
    );
    expect(await refusalOf(() => readSafetensors(path))).toContain(message);
    expect(await refusalOf(() => decodeSafetensors(bytes))).toContain(message);
  });

  it('costs no memory, whatever the files claim', async () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const [name] of ATTACKS) {
      await refusalOf(() => readSafetensors(join(FOLDER, `${name}.safetensors`)));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 21);
  });
});

describe('what is no file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is refused by one message: nothing, a folder, a pipe, a device', async () => {
    const path = join(folder, 'w');
    expect(await refusalOf(() => readSafetensors(path))).toContain('must be there; got no file');
    await mkdir(path);
    expect(await refusalOf(() => readSafetensors(path))).toContain('must be a file; got a folder');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const pipe = await refusalOf(() => readSafetensors(join(folder, 'pipe')));
    expect(pipe).toContain('must be a file; got a pipe, socket or device');
    expect(await refusalOf(() => readSafetensors('/dev/zero'))).toContain('got a pipe, socket or device');
  });

  it('is refused by one message: a link, unless links are followed', async () => {
    const [path, link] = [join(folder, 'w'), join(folder, 'link')];
    await writeFile(path, SOUND);
    await symlink(path, link);
    const message = await refusalOf(() => readSafetensors(link, { followLinks: false }));
    expect(message).toContain('must be a file of its own folder; got a symbolic link');
    expect(Object.keys((await readSafetensors(link)).tensors)).toEqual(['w']);
  });

  it('is refused by one message: a sparse file of a terabyte', async () => {
    const path = join(folder, 'w');
    const file = await open(path, 'w');
    await file.truncate(2 ** 40);
    await file.close();
    expect(await refusalOf(() => readSafetensors(path))).toContain('must have at most 4294967296 bytes');
  });

  it('is refused by one message: a header of more values than it may have', async () => {
    const header = `{"w":[${'[],'.repeat(1_100_000)}[]]}`;
    const bytes = Buffer.concat([claiming(BigInt(header.length)), Buffer.from(header)]);
    expect(await refusalOf(() => decodeSafetensors(bytes))).toContain(
      'must hold at most 1000000 values of JSON',
    );
  });
});
