/** The linear program, what a method says about it, and what was verified. */

/**
 * Sparse matrix in compressed rows: row `i` holds `values[k]` in column `indices[k]` for
 * `starts[i] <= k < starts[i + 1]`. No column appears twice in a row.
 */
export type SparseMatrix = {
  readonly rows: number;
  readonly columns: number;
  /** int32 `[rows + 1]`, starting at 0. */
  readonly starts: Int32Array;
  /** int32 `[nonzeros]`. */
  readonly indices: Int32Array;
  /** float64 `[nonzeros]`. */
  readonly values: Float64Array;
};

/** Direction of the objective. */
export type Sense = 'minimize' | 'maximize';

/**
 * A linear program: optimise `objective · x + objectiveConstant` subject to
 * `rowLower ≤ A x ≤ rowUpper` and `lower ≤ x ≤ upper`. A missing side is an infinity.
 */
export type LinearProgram = {
  readonly name: string;
  readonly sense: Sense;
  /** float64 `[columns]`, finite. */
  readonly objective: Float64Array;
  readonly objectiveConstant: number;
  /** The constraint matrix `A`, `[rows, columns]`. */
  readonly matrix: SparseMatrix;
  /** float64 `[rows]`; −∞ where there is no lower side. */
  readonly rowLower: Float64Array;
  /** float64 `[rows]`; ∞ where there is no upper side. */
  readonly rowUpper: Float64Array;
  /** float64 `[columns]`; −∞ where there is no lower bound. */
  readonly lower: Float64Array;
  /** float64 `[columns]`; ∞ where there is no upper bound. */
  readonly upper: Float64Array;
  readonly columnNames: readonly string[];
  readonly rowNames: readonly string[];
  /** Columns that the file declares integer. They are solved as continuous: the answer is the relaxation's. */
  readonly integerColumns: readonly number[];
};

/** A linear program that is minimised: the only kind a method ever sees (see `asMinimization`). */
export type Minimization = LinearProgram & { readonly sense: 'minimize' };

/** How an answer may end, after verification. */
export type AnswerStatus =
  'optimal' | 'infeasible' | 'unbounded' | 'iteration-limit' | 'time-limit' | 'failed';

/**
 * What a method says about the minimisation it was given; nothing here is believed before `verify`.
 *
 * Signs: `y_i ≥ 0` prices the lower side of row `i`, `y_i ≤ 0` its upper side, and the reduced costs are
 * `c − Aᵀy`, so `y_i` is the derivative of the optimum with respect to the active side.
 */
export type Claim = {
  readonly claim: AnswerStatus;
  /** float64 `[columns]`: the point, for `unbounded` a feasible one. */
  readonly x?: Float64Array;
  /** float64 `[rows]`: the multipliers of the rows. */
  readonly y?: Float64Array;
  /** For `infeasible` the Farkas multipliers, float64 `[rows]`; for `unbounded` the direction, float64 `[columns]`. */
  readonly ray?: Float64Array;
  /** Evaluations of G for an implicit method, the method's own iterations for a classical one; null if nobody counted. */
  readonly evaluations: number | null;
  /** What the method said in its own words, where that helps. */
  readonly message?: string;
};

/**
 * A verified answer. Numbers that do not exist (an infeasible program has no objective) are `null`.
 *
 * Everything is in the program's own sense: for a maximisation, `y` and `reducedCosts` are again the
 * derivatives of the (maximal) objective, so `reducedCosts = c − Aᵀy` holds in both senses.
 */
export type Answer = {
  readonly status: AnswerStatus;
  readonly objective: number | null;
  /** `‖violation of rows and bounds‖₂ / (1 + ‖b‖₂)`, dimensionless. */
  readonly primalResidual: number | null;
  /** `‖reduced costs that no finite bound allows‖₂ / (1 + ‖c‖₂)`, dimensionless. */
  readonly dualResidual: number | null;
  /** `|p − d| / (1 + |p| + |d|)` of primal and dual objective without the constant, dimensionless. */
  readonly gap: number | null;
  /** As in `Claim`. */
  readonly evaluations: number | null;
  readonly wallTimeMs: number;
  /** float64 `[columns]`. */
  readonly x: Float64Array | null;
  /** float64 `[rows]`. */
  readonly y: Float64Array | null;
  /** float64 `[columns]`. */
  readonly reducedCosts: Float64Array | null;
  /**
   * The verified certificate: of `infeasible` Farkas multipliers, float64 `[rows]` (null where sides cross), of `unbounded` a
   * direction, float64 `[columns]`; both are the same for a maximisation. Else null.
   */
  readonly ray: Float64Array | null;
  /** The largest sum of the certificate that should vanish, relative to the sizes it was added up from; dimensionless. */
  readonly rayError: number | null;
  /** Whether integer columns were solved as continuous ones. */
  readonly relaxation: boolean;
  /** Why the status is not what the method claimed, or what the method had to say. */
  readonly message?: string;
};

/** Where a running method stands. */
export type Progress = {
  readonly evaluations: number;
  /** `‖G(z) − z‖₂` of an implicit method, of the program as the method scales it. */
  readonly residual?: number;
};

/** What a method is given besides the program. */
export type MethodOptions = {
  /** Bound on each of the three relative errors of `Answer`, dimensionless. */
  readonly tolerance: number;
  /** Bound on the evaluations; `Infinity` for none. */
  readonly maxEvaluations: number;
  /** Time after which the method should return what it has; `Infinity` for none. */
  readonly timeLimitMs: number;
  /** Called now and then while the method runs, where the method can. */
  readonly onProgress?: (progress: Progress) => void;
};

/** A method for linear programs. `solve` never throws for a numerical reason: that is a claim. */
export interface LpMethod {
  readonly name: string;
  readonly kind: 'implicit' | 'classical';
  readonly solve: (lp: Minimization, options: MethodOptions) => Promise<Claim>;
}
