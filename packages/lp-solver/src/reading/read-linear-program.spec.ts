import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError } from '@equilibria/compile';
import { multiply } from '../problem/sparse-matrix.ts';
import { parseLp, parseMps, readLinearProgram } from './read-linear-program.ts';

/** Every feature that readers get wrong: a maximum, ranges on L, G and E, all bounds, a constant. */
const MPS = `* a comment
NAME          FEATURES
OBJSENSE
    MAX
ROWS
 N  PROFIT
 L  LESS
 G  MORE
 E  UP
 E  DOWN
 N  UNUSED
COLUMNS
    X         PROFIT            1.   LESS              1.
    X         MORE              1.   UNUSED            9.
    Y         PROFIT            2.   LESS              1.
    Y         UP               -1.5
    Z         LESS             3D0   DOWN             .5E1
    W         MORE              1.
RHS
    RHS       LESS             10.   MORE              2.
    RHS       UP                1.   DOWN              1.
    RHS       PROFIT           -7.
RANGES
    RNG       LESS              4.   MORE              3.
    RNG       UP                2.   DOWN             -2.
BOUNDS
 LO BND       X               -5.
 UP BND       X               -1.
 FR BND       Y
 MI BND       Z
 UP BND       Z                 8.
 FX BND       W                 4.
ENDATA
`;

/** The same program in free format without set names' columns, and in CPLEX LP format. */
const LP = `\\ a comment
Maximize
 profit: X + 2 Y + 7
Subject To
 less1: X + Y + 3 Z <= 10
 less2: 6 <= X + Y + 3 Z
 more: X + W >= 2
 up: - 1.5 Y = 1
Bounds
 -5 <= X <= -1
 Y free
 Z >= -inf
 Z <= 8
 W = 4
End
`;

const small = (change: (text: string) => string): string =>
  change(
    'NAME T\nROWS\n N COST\n L R1\nCOLUMNS\n X COST 1 R1 1\n Y R1 2\nRHS\n S R1 4\nBOUNDS\n UP B X 4\nENDATA\n',
  );

describe('parseMps', () => {
  it('reads a maximum, its constant, and columns and rows by name', async () => {
    const lp = await parseMps(MPS);
    expect(lp).toMatchObject({ name: 'model', sense: 'maximize', objectiveConstant: 7 });
    expect(lp.columnNames).toEqual(['X', 'Y', 'Z', 'W']);
    expect(lp.rowNames).toEqual(['LESS', 'MORE', 'UP', 'DOWN']);
    expect([...lp.objective]).toEqual([1, 2, 0, 0]);
    expect([...multiply(lp.matrix, Float64Array.of(1, 10, 100, 1000))]).toEqual([311, 1001, -15, 500]);
  });
  it('reads ranges: below an L row, above a G row, and by their sign on an E row', async () => {
    const lp = await parseMps(MPS);
    expect([...lp.rowLower]).toEqual([6, 2, 1, -1]);
    expect([...lp.rowUpper]).toEqual([10, 5, 3, 1]);
  });
  it('reads negative, free, half-free and fixed bounds', async () => {
    const lp = await parseMps(MPS);
    expect([...lp.lower]).toEqual([-5, -Infinity, -Infinity, 4]);
    expect([...lp.upper]).toEqual([-1, Infinity, 8, 4]);
  });
  it('reads the sense from the OBJSENSE line, and minimises without one', async () => {
    const sense = async (word: string) =>
      (await parseMps(small((text) => text.replace('ROWS', `OBJSENSE ${word}\nROWS`)))).sense;
    expect(await sense('MAX')).toBe('maximize');
    expect(await sense('MIN')).toBe('minimize');
    expect((await parseMps(small((text) => text))).sense).toBe('minimize');
  });
  it('reads names with blanks by the columns of the fixed format', async () => {
    const text = `NAME
ROWS
 N  COST
 L  ROW 1
COLUMNS
    COL 1     COST               1.0   ROW 1              2.0
RHS
    RHS       ROW 1              4.0
ENDATA
`;
    const lp = await parseMps(text);
    expect(lp.rowNames).toEqual(['ROW 1']);
    expect(lp.columnNames).toEqual(['COL 1']);
    expect([...lp.rowUpper]).toEqual([4]);
  });
  it('relaxes integer columns and keeps which they were', async () => {
    const lp = await parseMps(
      small((text) =>
        text.replace(' Y R1', " M 'MARKER' 'INTORG'\n Y R1").replace('RHS', " M 'MARKER' 'INTEND'\nRHS"),
      ),
    );
    expect(lp.integerColumns).toEqual([1]);
    expect([...lp.upper]).toEqual([4, 1]);
  });
  it.each([
    ['OBJSENSE MAXIMIZE on its line', 'ROWS', 'OBJSENSE MAXIMIZE\nROWS', { sense: 'maximize' }],
    ['OBJSENSE and MAXIMISE below it', 'ROWS', 'OBJSENSE\n  MAXIMISE\nROWS', { sense: 'maximize' }],
    ['three pairs on a line', 'X COST 1 R1 1', 'X R1 3 FREE 9 COST 5', { objective: Float64Array.of(5, 0) }],
    ['RANGES before RHS', 'RHS', 'RANGES\n G R1 3\nRHS', { rowLower: Float64Array.of(1) }],
    ['a set of right sides named like a row', ' S R1 4', ' R1 R1 4', { rowUpper: Float64Array.of(4) }],
    ['a set of bounds named like a column', 'UP B X 4', 'UP Y X 4', { upper: Float64Array.of(4, Infinity) }],
    ['a right side of a dropped objective', ' S R1 4', ' S R1 4 FREE 100', { objectiveConstant: 0 }],
    ['exponents by D', 'UP B X 4', 'UP B X 1.5D2', { upper: Float64Array.of(150, Infinity) }],
    ['a byte order mark', 'NAME T', '\uFEFFNAME T', { columnNames: ['X', 'Y'] }],
  ])('reads %s', async (_, from, to, expected) => {
    const text = small((whole) => whole.replace(' L R1', ' L R1\n N FREE').replace(from, to));
    expect(await parseMps(text)).toMatchObject(expected);
  });
  it('takes 1e20 and more for infinite', async () => {
    const lp = await parseMps(small((text) => text.replace('UP B X 4', 'UP B X 1e30')));
    expect([...lp.upper]).toEqual([Infinity, Infinity]);
  });
});

describe('parseMps refuses, in one line', () => {
  it.each([
    ['an empty file', '  \n', 'the file must hold a model; got an empty file.'],
    ['binary data', '\u0000\u0001\u0002', 'the file must be text; got binary data.'],
    ['prose', 'hello world\n', 'line 1: a section must come first; got "hello world".'],
    ['a truncated file', small((text) => text.replace('ENDATA\n', '')), 'an MPS file must end in ENDATA'],
    [
      'an undeclared row',
      small((text) => text.replace('Y R1 2', 'Y R9 2')),
      'line 7: rows must be declared in ROWS; got "R9".',
    ],
    [
      'an undeclared row in RHS',
      small((text) => text.replace('S R1 4', 'S R9 4')),
      'line 9: rows must be declared',
    ],
    [
      'nan',
      small((text) => text.replace('Y R1 2', 'Y R1 nan')),
      'line 7: a finite number must stand here; got "nan".',
    ],
    [
      '1e400',
      small((text) => text.replace('Y R1 2', 'Y R1 1e400')),
      'line 7: numbers must fit float64; got "1e400".',
    ],
    [
      'an infinite coefficient',
      small((text) => text.replace('Y R1 2', 'Y R1 inf')),
      'a finite number must stand here',
    ],
    ['a comma in a number', small((text) => text.replace('UP B X 4', 'UP B X 1,5')), 'got "1,5"'],
    [
      'a missing number',
      small((text) => text.replace('Y R1 2', 'Y R1')),
      'a column must be a name and pairs of row and number',
    ],
    [
      'an unknown section',
      small((text) => text.replace('BOUNDS', 'BOUND')),
      'a known section must start here; got "BOUND".',
    ],
    [
      'quadratic terms',
      small((text) => text.replace('BOUNDS', 'QUADOBJ\n X X 1\nBOUNDS')),
      'those of a linear program; got QUADOBJ',
    ],
    ['a semicontinuous column', small((text) => text.replace('UP B X', 'SC B X')), 'semicontinuous'],
    [
      'a row declared twice',
      small((text) => text.replace(' L R1', ' L R1\n G R1')),
      'row names must differ; got "R1" twice.',
    ],
    [
      'an unknown row type',
      small((text) => text.replace(' L R1', ' Q R1')),
      'a row must have type N, L, G or E; got "Q".',
    ],
    [
      'a coefficient given twice',
      small((text) => text.replace(' Y R1 2', ' Y R1 2\n Y R1 3')),
      'a column must name a row once',
    ],
    [
      'a right side given twice',
      small((text) => text.replace(' S R1 4', ' S R1 4\n S R1 5')),
      'a number must be given once',
    ],
    [
      'a column in two places',
      small((text) => text.replace('RHS', ' X R1 1\nRHS')),
      'the lines of a column must stand together',
    ],
    [
      'two right-hand sides',
      small((text) => text.replace(' S R1 4', ' S R1 4\n T COST 5')),
      'RHS must hold one set',
    ],
    [
      'a bound of no column',
      small((text) => text.replace('UP B X', 'UP B Q')),
      'a bound must name a declared column; got "Q".',
    ],
    ['an unknown bound', small((text) => text.replace('UP B X', 'ZZ B X')), 'a bound must have type'],
    [
      'an upper bound below an unsaid lower one',
      small((text) => text.replace('UP B X 4', 'UP B X -4')),
      'Add a LO or MI bound.',
    ],
    ['no objective', small((text) => text.replace(' N COST', ' L COST')), 'there must be an objective'],
    [
      'no column',
      small((text) => text.replace(/ X COST.*\n Y R1 2\n/, '').replace(' UP B X 4\n', '')),
      'at least one column',
    ],
    ['sections out of order', 'COLUMNS\n X R1 1\nROWS\n L R1\nENDATA\n', 'ROWS must come before COLUMNS.'],
    [
      'a wrong sense',
      small((text) => text.replace('ROWS', 'OBJSENSE UP\nROWS')),
      'OBJSENSE must be MIN or MAX; got "UP".',
    ],
  ])('%s', async (_, text, message) => {
    const error: unknown = await parseMps(text, 'bad.mps').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toContain(message);
    expect((error as DataError).message).toMatch(/^bad\.mps[,:] .*$/);
  });
  it('what only HiGHS refuses, in its words', async () => {
    const huge = small((text) => text.replace('Y R1 2', 'Y R1 1e30'));
    await expect(parseMps(huge, 'bad.mps')).rejects.toThrow(
      "bad.mps: HiGHS's reader must accept the file; got: ",
    );
  });
});

describe('parseLp', () => {
  it('reads the same features', async () => {
    const lp = await parseLp(LP);
    expect(lp).toMatchObject({ sense: 'maximize', objectiveConstant: 7 });
    expect(new Set(lp.columnNames)).toEqual(new Set(['X', 'Y', 'Z', 'W']));
    expect(lp.rowNames).toEqual(['less1', 'less2', 'more', 'up']);
    expect([...lp.rowLower]).toEqual([-Infinity, 6, 2, 1]);
    expect([...lp.rowUpper]).toEqual([10, Infinity, Infinity, 1]);
    const bounds = Object.fromEntries(lp.columnNames.map((name, j) => [name, [lp.lower[j], lp.upper[j]]]));
    expect(bounds).toEqual({ X: [-5, -1], Y: [-Infinity, Infinity], Z: [-Infinity, 8], W: [4, 4] });
  });
  it('reads a two-sided constraint, signs, labels of the second kind and integers', async () => {
    const lp = await parseLp(
      'min\n x - - y\nst\n c: -2 <= x - - y < 3\n + x + 2 y >= -1\ngeneral\n x\nend\n',
    );
    expect([...lp.objective]).toEqual([1, 1]);
    expect([...lp.rowLower]).toEqual([-2, -1]);
    expect([...lp.rowUpper]).toEqual([3, Infinity]);
    expect(lp.integerColumns).toEqual([0]);
  });
});

describe('parseLp', () => {
  it.each([
    ['two-sided bounds from above', '5 >= x >= 2', '', [2, 5]],
    ['two-sided bounds from below', '2 <= x <= 5', '', [2, 5]],
    ['a binary variable', 'y >= 0', 'Binary\n x\n', [0, 1]],
    ['a binary variable with bounds inside', 'x <= 0.5', 'Binary\n x\n', [0, 0.5]],
    ['a fixed binary variable', 'x = 1', 'Binary\n x\n', [1, 1]],
  ])('reads %s', async (_, bounds, rest, expected) => {
    const lp = await parseLp(
      `Minimize\n x + y\nSubject To\n c: x + y >= 1\nBounds\n ${bounds}\n${rest}End\n`,
    );
    expect([lp.lower[0], lp.upper[0]]).toEqual(expected);
  });
  it('reads an expression of more tokens than fit on the stack', async () => {
    const terms = Array.from({ length: 50_000 }, (_, j) => `+ 2 x${j}`).join('\n');
    const lp = await parseLp(`\uFEFFMinimize\n obj: ${terms}\nSubject To\n c: x0 >= 1\nEnd\n`);
    expect(lp.objective).toHaveLength(50_000);
  }, 30_000);
  it('reads a constraint without variables', async () => {
    const lp = await parseLp('Minimize\n x\nSubject To\n none: = 0\n c: x >= 1\nEnd\n');
    expect(lp.rowNames).toEqual(['none', 'c']);
    expect([...lp.matrix.starts]).toEqual([0, 0, 1]);
  });
});

describe('parseLp refuses, in one line', () => {
  const body = (constraint: string, rest = ''): string =>
    `Minimize\n x + y\nSubject To\n c: ${constraint}\n${rest}End\n`;
  it.each([
    ['prose', 'hello\n', 'an LP file must begin with Minimize or Maximize; got "hello".'],
    ['a truncated file', 'Minimize\n x\nSubject To\n c: x >= 1\n', 'an LP file must end in End'],
    ['an expression cut short', 'Minimize\n x\nSubject To\n c: x +', 'got the end'],
    ['nan', body('x >= nan'), 'a finite number must stand here; got "nan".'],
    [
      'nan as a coefficient',
      body('nan + x >= 1'),
      'a variable or a finite number must stand here; got "nan".',
    ],
    ['1e400', body('x >= 1e400'), 'numbers must fit float64; got "1e400".'],
    ['a quadratic term', body('[ x ^ 2 ] >= 1'), 'a linear expression must stand here'],
    ['variables on the right', body('x >= 1 + y'), 'must stand here'],
    ['a constant on the left', body('x + 3 >= 1'), 'variables on one side and a number on the other'],
    ['sides of two directions', body('1 <= x >= 0'), 'both relations of a two-sided constraint'],
    [
      'a keyword with a colon',
      'min: x\nst\n c: x >= 1\nend\n',
      'must begin with Minimize or Maximize; got "min"',
    ],
    ['a variable named twice', body('x + x >= 1'), 'an expression must name a variable once'],
    [
      'a bound of an unknown variable',
      body('x >= 1', 'Bounds\n z <= 4\n'),
      'must occur in the objective or a constraint; got "z".',
    ],
    ['an upper bound below an unsaid lower one', body('x >= 1', 'Bounds\n x <= -4\n'), 'Add -inf <= x.'],
    ['a bound given twice', body('x >= 1', 'Bounds\n x <= 4\n x <= 5\n'), 'got the upper bound of "x" twice'],
    ['a bound beside free', body('x >= 1', 'Bounds\n x free\n x <= 5\n'), 'got the upper bound of "x" twice'],
    [
      'two-sided bounds of two directions',
      body('x >= 1', 'Bounds\n 2 <= x >= 1\n'),
      'line 6: both relations of a two-sided bound',
    ],
    [
      'bounds of a binary variable outside [0, 1]',
      body('x >= 1', 'Bounds\n x <= 5\nBinary\n x\n'),
      'line 8: bounds of a binary variable must lie in [0, 1]; got [0, 5] for "x".',
    ],
    ['an infinite cost', body('x >= 1').replace('x + y', 'x + 1e22 y'), 'costs must be below 1e20'],
    ['SOS', body('x >= 1', 'SOS\n s: x:1\n'), 'those of a linear program; got "SOS".'],
    ['no variable', 'Minimize\n obj:\nSubject To\nEnd\n', 'there must be at least one variable'],
  ])('%s', async (_, text, message) => {
    const error: unknown = await parseLp(text, 'bad.lp').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toContain(message);
  });
});

describe('readLinearProgram', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lp-'));
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  it('unpacks gzip and names the program after its file', async () => {
    const lp = await readLinearProgram(write('small.mps.gz', gzipSync(small((text) => text))));
    expect(lp).toMatchObject({ name: 'small', columnNames: ['X', 'Y'] });
    expect((await readLinearProgram(write('same.LP', LP))).name).toBe('same');
  });
  it('refuses a missing file, a folder, another ending and a broken archive', async () => {
    await expect(readLinearProgram(join(folder, 'none.mps'))).rejects.toThrow(
      `${join(folder, 'none.mps')}: the file must be readable; got no such file.`,
    );
    await expect(readLinearProgram(write('a.txt', 'x'))).rejects.toThrow('the name must end in .mps, .lp');
    await expect(readLinearProgram(write('b.mps.gz', 'not gzip'))).rejects.toThrow('must be a gzip archive');
    const cut = gzipSync(small((text) => text)).subarray(0, 60);
    await expect(readLinearProgram(write('c.mps.gz', cut))).rejects.toThrow('got a truncated one.');
    mkdirSync(join(folder, 'd.mps'));
    await expect(readLinearProgram(join(folder, 'd.mps'))).rejects.toThrow('got a folder.');
    const path = write('e.mps', 'hello');
    await expect(readLinearProgram(path)).rejects.toThrow(`${path}, line 1: `);
  });
});
