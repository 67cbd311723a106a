/** What should hold of a model's fixed points. */
export { equilibria, type EquilibriaOptions, type Equilibrium, type SampleEquilibria } from './equilibria.ts';
export {
  pathIndependence,
  type PathIndependence,
  type PathIndependenceOptions,
} from './path-independence.ts';
export type { Nearness } from './solved-points.ts';
export { solvedStaysSolved, type StaysSolved, type StaysSolvedOptions } from './solved-stays-solved.ts';
export { otherSamples, randomStarts, type Starts } from './starts.ts';
