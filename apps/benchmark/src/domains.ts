/** The domains of the benchmark. Adding one is adding a line. */
import {
  type Domain,
  learnedSineDomain,
  learnedTwoPoleDomain,
  theoryDomain,
  twoPoleDomain,
} from '@equilibria/core';
import { lpDomain, lpStructuredDomain } from '@equilibria/lp-solver';

/** In the order in which they run. */
export const domains: readonly Domain[] = [
  theoryDomain,
  twoPoleDomain,
  learnedTwoPoleDomain,
  learnedSineDomain,
  lpDomain,
  lpStructuredDomain,
];
