/**
 * What the table of public instances says of each. Origins of the files: netlib, the LP collection of netlib.org; highs_lp and
 * highs_mip, the test instances of HiGHS; miplib3, MIPLIB 3. Their licences are mostly unclear, so they do not ship.
 */

/** An instance file and what must be said about it. */
export type PublicInstance = {
  /** Folder below `DATA/lp`. */
  readonly set: string;
  readonly file: string;
  readonly sha256: string;
  readonly status: 'optimal' | 'infeasible' | 'unbounded';
  /** The optimal objective; null if there is none. */
  readonly objective: number | null;
  /** Whether the file is a mixed-integer program, solved as its relaxation. */
  readonly relaxation: boolean;
};
