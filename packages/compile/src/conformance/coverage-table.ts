/** What is covered and what is not, as Markdown, from the lists that the tests run over. */
import { UNSUPPORTED } from '../lowerings/unsupported.ts';
import { KERNEL_CASES } from './kernel-cases.ts';

/**
 * The kernels of TensorFlow.js's cpu back end: those with a lowering, by what is tested of them, then the others with the reason.
 */
export function coverageTable(): string {
  const kernels = new Map<
    string,
    { readonly gradient: boolean; readonly float64: boolean; readonly inGradients: boolean }
  >();
  for (const { kernel, hasGradient, noFloat64, gradientKernels = [] } of KERNEL_CASES) {
    const known = kernels.get(kernel);
    kernels.set(kernel, {
      gradient: hasGradient || (known?.gradient ?? false),
      float64: noFloat64 === undefined,
      inGradients: false,
    });
    for (const called of gradientKernels) {
      if (!kernels.has(called)) kernels.set(called, { gradient: false, float64: true, inGradients: true });
    }
  }
  const all = [...kernels].toSorted(([a], [b]) => a.localeCompare(b));
  const list = (keep: (entry: (typeof all)[number][1]) => boolean): string =>
    all.flatMap(([name, entry]) => (keep(entry) ? [name] : [])).join(', ');
  const total = kernels.size + Object.keys(UNSUPPORTED).length;
  return [
    `${kernels.size} of the ${total} kernels of TensorFlow.js's cpu back end have a lowering.`,
    '',
    '| kernels | tested |',
    '| --- | --- |',
    `| ${list(({ gradient, float64 }) => gradient && float64)} | values and gradients, float32 and float64 |`,
    `| ${list(({ gradient, float64 }) => gradient && !float64)} | values and gradients, float32 only |`,
    `| ${list(({ gradient, inGradients }) => !gradient && !inGradients)} | values: TensorFlow.js has no gradient of them |`,
    `| ${list(({ inGradients }) => inGradients)} | in the gradients that call them |`,
    '',
    '| without a lowering | why, and what to do |',
    '| --- | --- |',
    ...reasons().map(([reason, names]) => `| ${names.join(', ')} | ${reason} |`),
  ].join('\n');
}

function reasons(): [string, string[]][] {
  const byReason = new Map<string, string[]>();
  for (const [kernel, reason] of Object.entries(UNSUPPORTED)) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), kernel]);
  }
  return [...byReason];
}
