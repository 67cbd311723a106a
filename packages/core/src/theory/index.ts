/** The theory's own examples. */
export { theoryDomain, twoPoleDomain } from './domain.ts';
export {
  newtonReciprocal,
  reciprocal,
  reciprocalIterate,
  reciprocalLipschitz,
  type FixedOperator,
} from './reciprocal.ts';
export { sufficiencyOperator, sufficiencyProgress, type SufficiencyParts } from './sufficiency-operator.ts';
export { TWO_POLE_DOMAIN, twoPole, twoPoleOperator, twoPolePace, twoPoleSlope } from './two-pole.ts';
export {
  relativeStep,
  scalarDataset,
  scalarMetric,
  type ScalarProblem,
  type ScalarTarget,
} from './scalar-target.ts';
