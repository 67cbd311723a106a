/** Plans the sum of rows by segment as gathers of equal length. */

/** So many segments of `degree` rows each, filled up if need be: `rows` lists them segment after segment. */
export type Bucket = { readonly degree: number; readonly segments: number; readonly rows: Int32Array };

export type SegmentPlan = {
  readonly buckets: readonly Bucket[];
  /** Where each segment stands among the sums of the buckets; null if they are in order already. */
  readonly order: Int32Array | null;
  /** Whether row number `ids.length`, which must read as zero, is used to fill up. */
  readonly hasPadding: boolean;
};

/** More different numbers of rows than this are rounded: each bucket costs a gather, a sum and a part of a join. */
const MOST_BUCKETS = 48;

/**
 * Groups segments by their number of rows. Of many different numbers, they are rounded up to powers of two, so that at most half of a
 * gather is filling; of few, nothing is filled up.
 */
export function planSegments(ids: Int32Array, count: number): SegmentPlan {
  const rowsOf = Array.from({ length: count }, (): number[] => []);
  ids.forEach((segment, row) => rowsOf[segment]?.push(row));
  const isRounded = new Set(rowsOf.map((rows) => rows.length)).size > MOST_BUCKETS;
  const byDegree = new Map<number, number[]>();
  rowsOf.forEach((rows, segment) => {
    const degree = isRounded && rows.length > 0 ? 2 ** Math.ceil(Math.log2(rows.length)) : rows.length;
    const segments = byDegree.get(degree);
    if (segments === undefined) byDegree.set(degree, [segment]);
    else segments.push(segment);
  });
  const order = new Int32Array(count);
  let position = 0;
  let hasPadding = false;
  const buckets: Bucket[] = [];
  for (const [degree, segments] of [...byDegree].toSorted(([a], [b]) => a - b)) {
    const rows = new Int32Array(segments.length * degree).fill(ids.length);
    segments.forEach((segment, i) => {
      rows.set(rowsOf[segment]!, i * degree);
      hasPadding ||= rowsOf[segment]!.length < degree;
      order[segment] = position++;
    });
    buckets.push({ degree, segments: segments.length, rows });
  }
  return { buckets, order: order.every((at, segment) => at === segment) ? null : order, hasPadding };
}
