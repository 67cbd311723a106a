/** What the benchmark must know of a domain: its problems, its methods, how to score an answer and how to disturb a problem. */
import type { Key } from '../random/key.ts';
import type { Better } from './statistics.ts';
import type { MethodKind } from './results.ts';

/** Problems of one split, with what identifies them. */
export type Dataset<P> = {
  readonly name: string;
  readonly split: string;
  /** Lower-case hexadecimal SHA-256 of the data. */
  readonly sha256: string;
  readonly problems: readonly P[];
};

/** How good an answer is. */
export interface Metric<P> {
  readonly name: string;
  /** Unit of the scores, `1` if dimensionless. */
  readonly unit: string;
  readonly better: Better;
  /** The score of one answer, in float64; not finite means that the answer is a failure. */
  score(problem: P, answer: Float64Array): number;
}

/** A problem beside the one it came from. */
export type Disturbed<P> = {
  readonly problem: P;
  /** Norm of the change of the input, > 0, in the input's unit. */
  readonly size: number;
};

/** A small change of a problem, by which the Lipschitz constant of the answers is measured. */
export interface Perturbation<P> {
  readonly name: string;
  /** A changed problem; a pure function of its arguments. */
  perturb(problem: P, key: Key): Disturbed<P>;
  /** Lipschitz constant of the exact solution map over the problems, where theory knows it. */
  readonly ceiling?: number;
}

/** The answers of all problems after a number of evaluations of G. */
export type Snapshot = {
  /** Evaluations per problem; 1 for explicit methods, the mean of their own iterations for classical ones. */
  readonly evaluations: number;
  /** One a problem. NaN or infinity in it makes it a failure. */
  readonly answers: readonly Float64Array[];
  /** `‖G(z_t) − z_t‖`, one a problem; null for methods without one. */
  readonly residuals: Float64Array | null;
  /** Measured contraction factor of G at the iterates, dimensionless. */
  readonly contraction?: number;
  /** Floating-point operations per problem up to here. */
  readonly flops?: number;
  /** Time spent on the answers of all problems up to here, loading, warm-up and measuring left out. */
  readonly wallTimeMs: number;
};

/** What a method gets besides problems. */
export type MethodContext = {
  /** Random key of the method alone. */
  readonly key: Key;
  /** Aborts the work; honoured between chunks. */
  readonly signal?: AbortSignal;
};

/** A method that is ready to compute: parameters loaded, graphs compiled. */
export interface Solving<P> {
  /**
   * Answers every problem, looking after each of the given numbers of evaluations.
   *
   * @param evaluations - increasing, the first may be 0 (the answer before any evaluation).
   * @returns a snapshot for each of them, in order; or a single one if the method does not iterate.
   */
  iterate(
    problems: readonly P[],
    evaluations: readonly number[],
    context: MethodContext,
  ): Promise<readonly Snapshot[]>;
  /** Releases what it holds. Left out by methods that hold nothing. */
  dispose?(): void | Promise<void>;
}

/** A way to answer the problems of a domain. */
export interface Method<P> {
  readonly name: string;
  readonly kind: MethodKind;
  /** Trained or tuned numbers in it. */
  readonly parameters: number;
  /** Points of the domain beyond this are not looked at, where they would cost more than they tell. Default: all are. */
  readonly maxEvaluations?: number;
  /** Prepares the method: loads, fits, compiles, warms up. Not timed. */
  load(context: MethodContext): Promise<Solving<P>>;
  /** What theory bounds this method's Lipschitz constant by after `evaluations`; goes before the exact map's constant. */
  readonly ceiling?: (perturbation: string, evaluations: number) => number | undefined;
}

/** A domain, as its package writes it down; `defineDomain` makes it one of the benchmark's list. */
export interface DomainRecipe<P> {
  /** Kebab-case; the command line and the results use it. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly metric: Metric<P>;
  readonly methods: readonly Method<P>[];
  readonly perturbations: readonly Perturbation<P>[];
  /** Looked at are 0, 1, 2, 4, … up to this many evaluations, and the last itself. */
  readonly maxEvaluations: number;
  /** Further numbers of evaluations to look at. */
  readonly points?: readonly number[];
  /** Pairs of problems for each perturbation; default 256. */
  readonly pairs?: number;
  /** The problems to evaluate on; generated ones derive from the key. */
  load(key: Key): Promise<Dataset<P>>;
}
