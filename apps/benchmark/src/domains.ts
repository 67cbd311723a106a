/** The domains of the benchmark. Adding one is adding a line. */
import { theoryDomain, twoPoleDomain, type Domain } from '@equilibria/core';
import { lpDomain } from '@equilibria/lp-solver';

/** In the order in which they run. */
export const domains: readonly Domain[] = [theoryDomain, twoPoleDomain, lpDomain];
