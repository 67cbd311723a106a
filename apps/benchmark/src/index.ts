/** The cross-domain benchmark: its list of domains and the run over them. */
export { domains } from './domains.ts';
export { runBenchmark, type Outcome } from './run-benchmark.ts';
export type { Request } from './options.ts';
