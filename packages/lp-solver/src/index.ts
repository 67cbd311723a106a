/** Linear programs: reading, methods, verified answers. */
export type { PublicInstance } from './datasets/public-instance.ts';
export { publicInstances } from './datasets/public-instances.ts';
export { randomLinearProgram, type RandomLinearProgramOptions } from './datasets/random-linear-programs.ts';
export { shippedLinearPrograms, type KnownLinearProgram } from './datasets/shipped.ts';
export { lpDomain } from './evaluation/domain.ts';
export { checkFarkas, checkDirection, RAY_TOLERANCE, type RayCheck } from './evaluation/rays.ts';
export { kktErrors, type KktErrors } from './evaluation/kkt-errors.ts';
export {
  LEAST_TOLERANCE,
  solveLinearProgram,
  type SolveLinearProgramOptions,
} from './evaluation/solve-linear-program.ts';
export { judgeOutcome, type ExpectedOutcome, type Judgement } from './evaluation/outcome.ts';
export { verify, type VerifyOptions } from './evaluation/verify.ts';
export {
  asMinimization,
  checkLinearProgram,
  linearProgram,
  type Constraint,
  type LinearProgramSpec,
  type Variable,
} from './problem/linear-program.ts';
export { loadMethod, methods, uncountedMethods } from './evaluation/methods.ts';
export type {
  Answer,
  AnswerStatus,
  Claim,
  LinearProgram,
  LpMethod,
  MethodOptions,
  Minimization,
  Progress,
  Sense,
  SparseMatrix,
} from './problem.ts';
export { parseLp, parseMps, readLinearProgram } from './reading/read-linear-program.ts';
export { fromEntries, multiply, multiplyTransposed, type Entry } from './problem/sparse-matrix.ts';
