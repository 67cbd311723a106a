/** Comparators, arbitraries and laws for tests: `@equilibria/core/testing`. */
export { contraction, matrix, type Contraction } from './arbitraries.ts';
export { expectClose, type Closeness, type Numbers } from './expect-close.ts';
export { expectNoLeak } from './expect-no-leak.ts';
export { expectContractionRate, type ContractionLaw } from './laws.ts';
export { affine, column } from './sample-maps.ts';
