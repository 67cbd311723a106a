/** What is in a graph: operators, parameters, work. */
import { nodeCost } from './cost.ts';
import type { Graph } from './graph.ts';
import { prune, type Pruned } from './prune.ts';
import { type Node, type OnnxType, sizeOf, type Value } from './value.ts';

/** The contents of a compiled graph, from its shapes alone. */
export type Description = {
  /** Nodes by ONNX operator, those of loop bodies included, each once. */
  readonly ops: Readonly<Record<string, number>>;
  /** Elements of the arrays in the model, those that are used. */
  readonly parameters: number;
  /** Floating-point operations of a run: multiply–adds count two, other output elements one. A loop counts its bound. */
  readonly flops: number;
  /** Bytes that the nodes read and write in a run; a loop counts its bound. What stays in a cache counts too. */
  readonly bytes: number;
};

/** Operators that only name or shape what is there. */
const FREE = new Set(['Constant', 'Identity', 'Reshape', 'Shape']);

export function describeGraph(graph: Graph): Description {
  const pruned = prune(graph.root, graph.passes.deadCode);
  const ops: Record<string, number> = {};
  let parameters = 0;
  for (const { op, outputs } of everyNode(pruned)) {
    if (op === 'Constant') parameters += sizeOf(outputs[0]!.shape);
    else ops[op] = (ops[op] ?? 0) + 1;
  }
  return { ops, parameters, ...work(pruned) };
}

function everyNode({ nodes, loops }: Pruned): Node[] {
  return nodes.flatMap((node) => {
    const needs = loops.get(node);
    return needs === undefined ? [node] : [node, ...everyNode(needs.body)];
  });
}

function work({ nodes, loops }: Pruned): Pick<Description, 'flops' | 'bytes'> {
  let [flops, bytes] = [0, 0];
  for (const node of nodes) {
    const needs = loops.get(node);
    if (needs !== undefined) {
      const inside = work(needs.body);
      const times = bound(node);
      flops += times * inside.flops;
      bytes += times * inside.bytes;
    } else if (!FREE.has(node.op)) {
      flops += nodeCost(node);
      bytes += bytesOf(node);
    }
  }
  return { flops, bytes };
}

/** Operators that read no more of their first input than they put out. */
const PICKING = new Set(['Gather', 'GatherElements', 'GatherND', 'Slice', 'Split']);

function bytesOf({ op, inputs, outputs }: Node): number {
  const total = (values: readonly Value[]): number =>
    values.reduce((sum, value) => sum + sizeInBytes(value), 0);
  return PICKING.has(op) ? total(inputs.slice(1)) + 2 * total(outputs) : total([...inputs, ...outputs]);
}

/** Iterations that a loop makes at most; a limit known only at run time is below it. */
function bound({ inputs: [trips] }: Node): number {
  return Number(trips?.constant?.[0] ?? trips?.atMost ?? 1);
}

const WIDTHS: Readonly<Record<OnnxType, number>> = { float: 4, double: 8, int32: 4, int64: 8, bool: 1 };

function sizeInBytes({ type, shape }: Value): number {
  return WIDTHS[type] * sizeOf(shape);
}
