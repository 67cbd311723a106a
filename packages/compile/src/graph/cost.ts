/** How much work a graph is, from its shapes alone. */
import { type Node, type Scope, sizeOf } from './value.ts';

/** Multiply–adds count two, every other output element one. */
export function nodeCost({ op, inputs, outputs }: Node): number {
  const size = outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (op === 'MatMul') return 2 * size * (inputs[0]?.shape.at(-1) ?? 1);
  if (op === 'Gemm') return 2 * sizeOf(inputs[0]!.shape) * (outputs[0]?.shape.at(-1) ?? 1);
  if (op === 'Conv') return 2 * size * sizeOf(inputs[1]!.shape.slice(1));
  if (op === 'ConvTranspose') return 2 * sizeOf(inputs[0]!.shape) * sizeOf(inputs[1]!.shape.slice(1));
  if (op.startsWith('Reduce') || op === 'ScatterElements') return sizeOf(inputs[0]!.shape) + size;
  return size;
}

/** Operations of the single largest node, loop bodies included (each counted once). */
export function largestNodeCost(scope: Scope): number {
  let largest = 0;
  for (const node of scope.nodes) {
    if (node.op === 'Constant') continue;
    largest = Math.max(largest, node.body === undefined ? nodeCost(node) : largestNodeCost(node.body));
  }
  return largest;
}
