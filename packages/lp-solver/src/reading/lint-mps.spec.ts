import fc from 'fast-check';
import { linearProgram } from '../problem/linear-program.ts';
import type { LinearProgram } from '../problem.ts';
import { parseMps } from './read-linear-program.ts';

/** A row: what it means, and whether its range is written from the lower side, the upper side or an equality. */
type Row = { readonly low: number; readonly high: number; readonly from: 'G' | 'L' | 'E+' | 'E-' };
type Column = { readonly cost: number; readonly entries: readonly number[]; readonly bound: number };

/** How the same program may be written. */
type Layout = {
  readonly isFixed: boolean;
  readonly names: readonly string[];
  readonly sense: number;
  readonly sets: readonly number[];
  readonly order: readonly ('RHS' | 'RANGES' | 'BOUNDS')[];
  readonly pairs: number;
  readonly digits: number;
  readonly newline: string;
  readonly indent: string;
  readonly hasSecondObjective: boolean;
};

type Case = {
  readonly sense: 'minimize' | 'maximize';
  readonly constant: number;
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly layout: Layout;
};

/** Lines of a bound of `column`, and the bounds that they mean; numbers that are exact in float64. */
const BOUNDS: readonly {
  readonly lines: readonly (readonly [string, number?])[];
  readonly meant: readonly [number, number];
  readonly isInteger?: boolean;
}[] = [
  { lines: [], meant: [0, Infinity] },
  { lines: [['UP', 4.5]], meant: [0, 4.5] },
  { lines: [['LO', -2.25]], meant: [-2.25, Infinity] },
  {
    lines: [
      ['UP', -1],
      ['LO', -7],
    ],
    meant: [-7, -1],
  },
  {
    lines: [
      ['LO', 0],
      ['UP', 1e21],
    ],
    meant: [0, Infinity],
  },
  { lines: [['FX', 3]], meant: [3, 3] },
  { lines: [['FR']], meant: [-Infinity, Infinity] },
  { lines: [['UP', -4], ['MI']], meant: [-Infinity, -4] },
  { lines: [['PL']], meant: [0, Infinity] },
  { lines: [['BV']], meant: [0, 1], isInteger: true },
  {
    lines: [
      ['UI', 9],
      ['LI', 2],
    ],
    meant: [2, 9],
    isInteger: true,
  },
];

const quarter = fc.integer({ min: -4000, max: 4000 }).map((value) => value / 4);
const row: fc.Arbitrary<Row> = fc
  .record({
    low: quarter,
    width: fc.nat(40),
    kind: fc.nat(3),
    from: fc.constantFrom<Row['from']>('G', 'L', 'E+', 'E-'),
  })
  .map(({ low, width, kind, from }) => {
    if (kind === 0) return { low, high: Infinity, from: 'G' as const };
    if (kind === 1) return { low: -Infinity, high: low, from: 'L' as const };
    return { low, high: kind === 2 ? low : low + width, from };
  });

const FREE_NAMES = [
  'X',
  'RHS',
  'BND',
  'R1',
  'x',
  'RANGES',
  'a.b',
  'C(1,2)',
  'UP',
  '7a',
  'FREE_1',
  'MAX',
  'R2',
  'z9',
];
const FIXED_NAMES = [
  'X',
  'ROW 1',
  'COL 1',
  'RHS',
  'A B C',
  'R1',
  'x',
  'UP',
  'R 2',
  'LONGNAME',
  '7a',
  'C D',
  'q',
  'w',
];

const programs: fc.Arbitrary<Case> = fc
  .record({ m: fc.integer({ min: 1, max: 4 }), n: fc.integer({ min: 1, max: 4 }), isFixed: fc.boolean() })
  .chain(({ m, n, isFixed }) =>
    fc.record({
      sense: fc.constantFrom('minimize' as const, 'maximize' as const),
      constant: quarter,
      rows: fc.array(row, { minLength: m, maxLength: m }),
      columns: fc.array(
        fc.record({
          cost: quarter,
          entries: fc.array(quarter, { minLength: m, maxLength: m }),
          bound: fc.nat(BOUNDS.length - 1),
        }),
        { minLength: n, maxLength: n },
      ),
      layout: fc.record({
        isFixed: fc.constant(isFixed),
        names: fc.shuffledSubarray(isFixed ? FIXED_NAMES : FREE_NAMES, { minLength: 10, maxLength: 10 }),
        sense: fc.nat(4),
        sets: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
        order: fc.shuffledSubarray(['RHS', 'RANGES', 'BOUNDS'] as const, { minLength: 3, maxLength: 3 }),
        pairs: fc.integer({ min: 1, max: isFixed ? 2 : 4 }),
        digits: fc.nat(3),
        newline: fc.constantFrom('\n', '\r\n', '\n* a comment\n', '\n\n'),
        indent: fc.constantFrom('', ' ', '\t'),
        hasSecondObjective: fc.boolean(),
      }),
    }),
  );

/** The program as it is meant, built without any of the reader's code. Rows take the first names, columns the next. */
function meaning({ sense, constant, rows, columns, layout }: Case): LinearProgram {
  const rowName = (i: number): string => layout.names[i]!;
  const columnName = (j: number): string => layout.names[rows.length + j]!;
  const bound = ({ bound: k }: Column) => BOUNDS[k]!;
  const lp = linearProgram({
    name: 'model',
    sense,
    objectiveConstant: constant,
    variables: Object.fromEntries(
      columns.map((column, j) => [
        `${j}:`,
        { cost: column.cost, lower: bound(column).meant[0], upper: bound(column).meant[1] },
      ]),
    ),
    constraints: Object.fromEntries(
      rows.map(({ low, high }, i) => [
        `${i}:`,
        {
          terms: Object.fromEntries(columns.map(({ entries }, j) => [`${j}:`, entries[i]!])),
          lower: low,
          upper: high,
        },
      ]),
    ),
  });
  return {
    ...lp,
    rowNames: rows.map((_, i) => rowName(i)),
    columnNames: columns.map((_, j) => columnName(j)),
    integerColumns: [...columns.keys()].filter((j) => bound(columns[j]!).isInteger === true),
  };
}

/** The same program as an MPS text in the layout asked for. */
function written({ sense, constant, rows, columns, layout }: Case): string {
  const { names, isFixed, sets, digits } = layout;
  const rowName = (i: number): string => names[i]!;
  const columnName = (j: number): string => names[rows.length + j]!;
  const [objective, second] = ['COST', 'OTHER'];
  const set = (k: number): string => ['', 'SET', rowName(0), columnName(0)][sets[k]!]!;
  const number = (value: number): string =>
    [String(value), value.toExponential(), value.toExponential().replace('e', 'D'), value.toFixed(3)][
      digits
    ]!;
  const line = (fields: readonly (readonly [number, string])[]): string => {
    if (!isFixed)
      return (
        layout.indent +
        fields
          .map(([, text]) => text)
          .filter((text) => text !== '')
          .join('  ')
      );
    let text = '';
    for (const [at, field] of fields) text = text.padEnd(at - 1) + field;
    return text;
  };
  const paired = (name: string, pairs: readonly (readonly [string, number])[]): string[] => {
    const lines: string[] = [];
    for (let k = 0; k < pairs.length; k += layout.pairs) {
      const fields = pairs
        .slice(k, k + layout.pairs)
        .flatMap(([key, value], at) => [
          [15 + 25 * at, key] as const,
          [25 + 25 * at, number(value)] as const,
        ]);
      lines.push(line([[5, name], ...fields]));
    }
    return lines;
  };
  const typeOf = ({ low, high, from }: Row): string => {
    if (low === high) return 'E';
    if (low === -Infinity) return 'L';
    return high === Infinity ? 'G' : from.charAt(0);
  };
  const sideOf = ({ low, high, from }: Row): number => {
    if (low === -Infinity) return high;
    return high !== Infinity && (from === 'L' || from === 'E-') ? high : low;
  };
  const isRanged = ({ low, high }: Row): boolean =>
    low !== high && Number.isFinite(low) && Number.isFinite(high);
  const sections = {
    RHS: paired(set(0), [
      ...rows.map((of, i) => [rowName(i), sideOf(of)] as const),
      [objective, -constant],
      ...(layout.hasSecondObjective ? [[second, 77] as const] : []),
    ]),
    RANGES: paired(
      set(1),
      rows.flatMap((of, i) =>
        isRanged(of) ? [[rowName(i), of.from === 'E-' ? of.low - of.high : of.high - of.low] as const] : [],
      ),
    ),
    BOUNDS: columns.flatMap(({ bound }, j) =>
      BOUNDS[bound]!.lines.map(([type, value]) =>
        line([
          [2, type],
          [5, set(2)],
          [15, columnName(j)],
          ...(value === undefined ? [] : [[25, number(value)] as const]),
        ]),
      ),
    ),
  };
  const word =
    sense === 'maximize'
      ? ['MAX', 'MAXIMIZE', 'max', 'MAXIMISE', 'Max']
      : ['MIN', 'MINIMIZE', 'min', 'MINIMISE', 'Min'];
  const senseLines =
    layout.sense < 2 ? [`OBJSENSE ${word[layout.sense]!}`] : ['OBJSENSE', `    ${word[layout.sense]!}`];
  return [
    'NAME          MODEL',
    ...(sense === 'minimize' && layout.sense === 4 ? [] : senseLines),
    'ROWS',
    line([
      [2, 'N'],
      [5, objective],
    ]),
    ...(layout.hasSecondObjective
      ? [
          line([
            [2, 'N'],
            [5, second],
          ]),
        ]
      : []),
    ...rows.map((of, i) =>
      line([
        [2, typeOf(of)],
        [5, rowName(i)],
      ]),
    ),
    'COLUMNS',
    ...columns.flatMap(({ cost, entries }, j) =>
      paired(columnName(j), [
        ...(layout.hasSecondObjective ? [[second, 5] as const] : []),
        ...entries.map((value, i) => [rowName(i), value] as const),
        [objective, cost],
      ]),
    ),
    ...layout.order.flatMap((section) => [section, ...sections[section]]),
    'ENDATA',
    '',
  ].join(layout.newline);
}

/** Every array as plain data, −0 and 0 alike. */
function plain(lp: LinearProgram): unknown {
  const list = (values: ArrayLike<number>): number[] => Array.from(values, (value) => value + 0);
  const { matrix, objective, rowLower, rowUpper, lower, upper, objectiveConstant, ...rest } = lp;
  const { starts, indices, values } = matrix;
  const arrays = { starts, indices, values, objective, rowLower, rowUpper, lower, upper };
  return {
    ...rest,
    objectiveConstant: objectiveConstant + 0,
    ...Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, list(array)])),
  };
}

describe('parseMps', () => {
  it('reads exactly what is meant, in whatever layout it is written', async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        expect(plain(await parseMps(written(program)))).toEqual(plain(meaning(program)));
      }),
      { seed: 11, numRuns: 100 },
    );
  }, 60_000);
});
