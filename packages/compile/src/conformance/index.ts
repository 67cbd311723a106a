/** What implementations are held against: `@equilibria/compile/conformance`. */
export { coverageTable } from './coverage-table.ts';
export { KERNEL_CASES, type InputSpec, type KernelCase } from './kernel-cases.ts';
export { LOOP_CASES } from './loop-cases.ts';
export { probeInput, valueAndGradients } from './probe.ts';
