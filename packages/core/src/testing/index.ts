/** Comparators, arbitraries and laws for tests: `@equilibria/core/testing`. */
export { contraction, matrix, type Contraction } from './arbitraries.ts';
export { expectClose, type Closeness, type Numbers } from './expect-close.ts';
export { expectNoLeak } from './expect-no-leak.ts';
export {
  expectContractionRate,
  expectConvergence,
  type ContractionLaw,
  type ConvergenceLaw,
} from './laws.ts';
export { expectOneEquilibrium, expectPathIndependence, expectSolvedStaysSolved } from './model-laws.ts';
export { affine, column } from './sample-maps.ts';
