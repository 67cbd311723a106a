/** Gradients through a fixed point. */
export {
  implicit,
  phantom,
  unrolled,
  type AdjointOutcome,
  type Differentiated,
  type GradientMethod,
  type ImplicitLoss,
  type ImplicitOptions,
  type PhantomOptions,
} from './gradient-method.ts';
export {
  solveAndDifferentiate,
  type ImplicitProblem,
  type SolvedGradient,
} from './solve-and-differentiate.ts';
export { innerProduct, valueAndGradient, vectorJacobian, type ValueAndGradient } from './vector-jacobian.ts';
