/** The best independent columns among ranked ones, by elimination. */

/** Columns one after the other: column `j` holds `values[k]` in row `rows[k]`, no row twice, for `starts[j] <= k < starts[j + 1]`. */
export type Columns = {
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  readonly values: Float64Array;
};

/** As many independent columns as there are rows. */
export type Independent = {
  /** int32 `[m]`: the candidates chosen. */
  readonly chosen: Int32Array;
  /** Candidates that were passed over, because they depend on better ones. */
  readonly dependent: number;
  /** Unit columns that were taken whatever their rank, because the work had reached its bound. */
  readonly filled: number;
};

/** What elimination leaves of a column counts as 0 up to this part of its largest entry: at 1e-7 HiGHS gave up on one basis in a hundred. */
const DEPENDENT = 1e-5;
/** Of the entries from this part of the largest on, the pivot is the one in the shortest row, which fills in the least. */
const THRESHOLD = 0.1;
/** Multiplications after which unit columns fill up: less than a second. */
const MOST_WORK = 3e8;

/**
 * Goes through the candidates by rank and keeps each that does not depend on those kept before, until there are `m`. No other choice has
 * better candidates, rank by rank: independent columns are a matroid, whose best basis greed finds.
 *
 * Candidates are the columns and, numbered after them, the unit columns `−e_0 … −e_{m−1}`, so that there always are enough.
 *
 * @param ranking - all candidates, the best first. Borrowed.
 * @param options.m - rows.
 * @param options.mostWork - bound on the multiplications; default 3e8. Beyond it, unit columns of the rows without a pivot are taken.
 */
export function independentColumns(
  columns: Columns,
  ranking: Int32Array,
  { m, mostWork = MOST_WORK }: { readonly m: number; readonly mostWork?: number },
): Independent {
  const n = columns.starts.length - 1;
  const elimination = startElimination(columns, m);
  const chosen: number[] = [];
  let dependent = 0;
  for (let rank = 0; rank < ranking.length && chosen.length < m; rank++) {
    if (elimination.work() > mostWork) break;
    const candidate = ranking[rank]!;
    if (elimination.accepts(candidate)) chosen.push(candidate);
    else dependent += 1;
  }
  // Nothing depends on these: they are 0 in all rows that have a pivot.
  const rest = elimination.rowsWithoutPivot();
  return {
    chosen: Int32Array.from([...chosen, ...rest.map((row) => n + row)]),
    dependent,
    filled: rest.length,
  };
}

/** A column accepted: its pivot's row, and what is to be subtracted from later columns, in parts of their entry there. */
type Accepted = { readonly pivotRow: number; readonly rows: Int32Array; readonly multiples: Float64Array };

/** Elimination column by column: a candidate is laid out, what was accepted is subtracted, and it is accepted if something is left. */
function startElimination(columns: Columns, m: number) {
  const rowLengths = lengthsOfRows(columns, m);
  const hasPivot = new Uint8Array(m);
  const left = new Float64Array(m);
  const accepted: Accepted[] = [];
  let work = 0;
  const accepts = (candidate: number): boolean => {
    const size = load(columns, candidate, left);
    for (const { pivotRow, rows, multiples } of accepted) {
      const entry = left[pivotRow]!;
      if (entry === 0) continue;
      for (let k = 0; k < rows.length; k++) left[rows[k]!]! -= entry * multiples[k]!;
      work += rows.length;
    }
    work += accepted.length + m;
    const pivotRow = pivotRowOf(left, hasPivot, rowLengths, DEPENDENT * size);
    if (pivotRow < 0) return false;
    hasPivot[pivotRow] = 1;
    accepted.push(acceptedOf(left, hasPivot, pivotRow));
    return true;
  };
  const rowsWithoutPivot = (): number[] => [...hasPivot.keys()].filter((i) => hasPivot[i] === 0);
  return { accepts, rowsWithoutPivot, work: () => work };
}

function acceptedOf(left: Float64Array, hasPivot: Uint8Array, pivotRow: number): Accepted {
  const rows = new Int32Array(left.length);
  const multiples = new Float64Array(left.length);
  let count = 0;
  for (let i = 0; i < left.length; i++) {
    if (hasPivot[i] === 1 || left[i] === 0) continue;
    rows[count] = i;
    multiples[count++] = left[i]! / left[pivotRow]!;
  }
  return { pivotRow, rows: rows.slice(0, count), multiples: multiples.slice(0, count) };
}

/** Lays a candidate out; returns the size of its largest entry. */
function load({ starts, rows, values }: Columns, candidate: number, into: Float64Array): number {
  into.fill(0);
  const unit = candidate - (starts.length - 1);
  if (unit >= 0) {
    into[unit] = -1;
    return 1;
  }
  let largest = 0;
  for (let k = starts[candidate]!; k < starts[candidate + 1]!; k++) {
    into[rows[k]!] = values[k]!;
    largest = Math.max(largest, Math.abs(values[k]!));
  }
  return largest;
}

/** The shortest row among those whose entry is large enough for a pivot; −1 if all are as good as 0. */
function pivotRowOf(
  left: Float64Array,
  hasPivot: Uint8Array,
  rowLengths: Int32Array,
  negligible: number,
): number {
  let largest = 0;
  for (let i = 0; i < left.length; i++) {
    if (hasPivot[i] === 0) largest = Math.max(largest, Math.abs(left[i]!));
  }
  if (!(largest > negligible)) return -1;
  let best = -1;
  for (let i = 0; i < left.length; i++) {
    if (hasPivot[i] === 1 || Math.abs(left[i]!) < THRESHOLD * largest) continue;
    if (best < 0 || rowLengths[i]! < rowLengths[best]!) best = i;
  }
  return best;
}

function lengthsOfRows({ rows }: Columns, m: number): Int32Array {
  const lengths = new Int32Array(m);
  for (const row of rows) lengths[row]! += 1;
  return lengths;
}
