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

/** Elimination column by column: a candidate is laid out, what was accepted is subtracted, and it is accepted if something is left. */
function startElimination(columns: Columns, m: number) {
  const rowLengths = lengthsOfRows(columns, m);
  const hasPivot = new Uint8Array(m);
  // Of each accepted column its pivot's row, and what is subtracted from later ones, in parts of their entry there; one after the other.
  const pivotRows = new Int32Array(m);
  const ends = new Int32Array(m + 1);
  const rows: number[] = [];
  const multiples: number[] = [];
  const left = sparseVector(m);
  let accepted = 0;
  let work = 0;
  const accepts = (candidate: number): boolean => {
    const size = load(columns, candidate, left);
    for (let s = 0; s < accepted; s++) {
      const entry = left.values[pivotRows[s]!]!;
      if (entry === 0) continue;
      const end = ends[s + 1]!;
      for (let k = ends[s]!; k < end; k++) left.add(rows[k]!, -entry * multiples[k]!);
      work += end - ends[s]!;
    }
    work += accepted;
    const touched = left.rows().filter((row) => hasPivot[row] === 0);
    const pivotRow = pivotRowOf(left.values, touched, rowLengths, DEPENDENT * size);
    if (pivotRow < 0) return false;
    for (const row of touched) {
      if (row === pivotRow || left.values[row] === 0) continue;
      rows.push(row);
      multiples.push(left.values[row]! / left.values[pivotRow]!);
    }
    hasPivot[pivotRow] = 1;
    pivotRows[accepted++] = pivotRow;
    ends[accepted] = rows.length;
    return true;
  };
  const rowsWithoutPivot = (): number[] => [...hasPivot.keys()].filter((i) => hasPivot[i] === 0);
  return { accepts, rowsWithoutPivot, work: () => work };
}

/** A dense vector that knows which of its entries were set since it was last cleared. */
type SparseVector = {
  readonly values: Float64Array;
  rows(): number[];
  add(row: number, value: number): void;
  clear(): void;
};

function sparseVector(m: number): SparseVector {
  const values = new Float64Array(m);
  const isSet = new Uint8Array(m);
  let set: number[] = [];
  return {
    values,
    rows: () => set,
    add: (row, value) => {
      if (isSet[row] === 0) {
        isSet[row] = 1;
        set.push(row);
      }
      values[row]! += value;
    },
    clear: () => {
      for (const row of set) {
        values[row] = 0;
        isSet[row] = 0;
      }
      set = [];
    },
  };
}

/** Lays a candidate out; returns the size of its largest entry. */
function load({ starts, rows, values }: Columns, candidate: number, into: SparseVector): number {
  into.clear();
  const unit = candidate - (starts.length - 1);
  if (unit >= 0) {
    into.add(unit, -1);
    return 1;
  }
  let largest = 0;
  for (let k = starts[candidate]!; k < starts[candidate + 1]!; k++) {
    into.add(rows[k]!, values[k]!);
    largest = Math.max(largest, Math.abs(values[k]!));
  }
  return largest;
}

/** The shortest of the rows whose entry is large enough for a pivot; −1 if all are as good as 0. */
function pivotRowOf(
  left: Float64Array,
  rows: readonly number[],
  rowLengths: Int32Array,
  negligible: number,
): number {
  let largest = 0;
  for (const row of rows) largest = Math.max(largest, Math.abs(left[row]!));
  if (!(largest > negligible)) return -1;
  let best = -1;
  for (const row of rows) {
    if (Math.abs(left[row]!) < THRESHOLD * largest) continue;
    if (best < 0 || rowLengths[row]! < rowLengths[best]!) best = row;
  }
  return best;
}

function lengthsOfRows({ rows }: Columns, m: number): Int32Array {
  const lengths = new Int32Array(m);
  for (const row of rows) lengths[row]! += 1;
  return lengths;
}
