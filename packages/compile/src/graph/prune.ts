/** Dead code: which nodes and loop variables the outputs of a graph need. */
import type { Node, Scope } from './value.ts';

/** A scope reduced to what is needed. `kept` lists, for each loop, the loop variables and scan outputs that stay. */
export type Pruned = {
  readonly nodes: readonly Node[];
  readonly loops: ReadonlyMap<Node, LoopNeeds>;
};

export type LoopNeeds = {
  /** Indices into the loop's outputs (variables first, then scan outputs). */
  readonly outputs: readonly number[];
  readonly body: Pruned;
};

/** Keeps the nodes that `scope.outputs` depend on. */
export function prune(scope: Scope, isOn: boolean): Pruned {
  return keep(scope, new Set(scope.outputs.map(({ name }) => name)), isOn);
}

function keep(scope: Scope, needed: Set<string>, isOn: boolean): Pruned {
  const nodes: Node[] = [];
  const loops = new Map<Node, LoopNeeds>();
  for (const node of scope.nodes.toReversed()) {
    if (isOn && !node.outputs.some(({ name }) => needed.has(name))) continue;
    nodes.push(node);
    for (const { name } of inputsOf(node, needed, loops, isOn)) needed.add(name);
  }
  return { nodes: nodes.toReversed(), loops };
}

function inputsOf(
  node: Node,
  needed: Set<string>,
  loops: Map<Node, LoopNeeds>,
  isOn: boolean,
): readonly Node['inputs'][number][] {
  if (node.body === undefined) return node.inputs;
  const needs = loopNeeds(node, node.body, needed, isOn);
  loops.set(node, needs);
  const variables = node.inputs.length - 2;
  return [
    ...node.inputs.slice(0, 2),
    ...needs.outputs.filter((i) => i < variables).map((i) => node.inputs[i + 2]!),
  ];
}

/** A loop variable is needed if its last value is, or if the body reads it to compute something that is. */
function loopNeeds(node: Node, body: Scope, needed: Set<string>, isOn: boolean): LoopNeeds {
  const variables = node.inputs.length - 2;
  const wanted = new Set(node.outputs.flatMap(({ name }, i) => (!isOn || needed.has(name) ? [i] : [])));
  for (;;) {
    const inside = new Set([body.outputs[0]!.name, ...[...wanted].map((i) => body.outputs[i + 1]!.name)]);
    const pruned = keep(body, inside, isOn);
    const before = wanted.size;
    for (let i = 0; i < variables; i++) if (inside.has(body.inputs[i + 2]!.name)) wanted.add(i);
    if (wanted.size > before) continue;
    for (const name of inside) needed.add(name);
    return { outputs: [...wanted].toSorted((a, b) => a - b), body: pruned };
  }
}
