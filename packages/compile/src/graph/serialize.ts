/** A graph as the bytes of an ONNX model. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from './gen/onnx_pb.ts';
import type { Graph } from './graph.ts';
import { prune, type Pruned } from './prune.ts';
import type { Attribute, ConstantData, Node, OnnxType, Scope, Value } from './value.ts';

/** Opset of every model: the first with axes of reductions as inputs and `ScatterElements` with `add`. */
const OPSET = 18n;
const IR_VERSION = 8n;

const DATA_TYPES: Readonly<Record<OnnxType, DataType>> = {
  float: DataType.FLOAT,
  double: DataType.DOUBLE,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

/**
 * Serializes the graph; inputs and outputs keep their names.
 * @param metadata - goes into the model's metadata.
 */
export function serialize(graph: Graph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const pruned = prune(graph.root, graph.passes.deadCode);
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'equilibria',
    opsetImport: [{ domain: '', version: OPSET }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: graphProto('main', pruned, graph.root, new Set()),
  });
  return toBinary(ModelProtoSchema, model);
}

/**
 * @param read - gets the names of all values that nodes read, those of loop bodies included.
 * @param own - the constants that this body has as its own.
 */
function graphProto(
  name: string,
  { nodes, loops }: Pruned,
  { inputs, outputs }: Pick<Scope, 'inputs' | 'outputs'>,
  read: Set<string>,
  own: OwnConstants = new Map(),
): GraphProto {
  const protos = nodes.filter(({ op }) => op !== 'Constant').map((node) => nodeProto(node, loops, read, own));
  for (const { name: output } of outputs) read.add(output);
  const constants = nodes.flatMap(({ op, outputs: [value] }) => (op === 'Constant' ? [value!] : []));
  return create(GraphProtoSchema, {
    name,
    node: protos,
    initializer: [
      ...constants.filter((value) => read.has(value.name)).map((value) => tensor(value, value.name)),
      ...[...own.values()].map(({ value, called }) => tensor(value, called)),
    ],
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
  });
}

/** By the names that they have elsewhere, the constants that a body has as its own, and what they are called there. */
type OwnConstants = ReadonlyMap<string, { readonly value: Value; readonly called: string }>;

/**
 * The filters and shifts of convolutions in a body. ONNX Runtime convolves faster in a layout of its own, in blocks of channels, but only
 * where these are constants of the very graph that the convolution is in.
 */
function ownConstants({ nodes }: Pruned, loop: string): OwnConstants {
  const used = nodes.flatMap(({ op, inputs }) => (op === 'Conv' ? inputs.slice(1) : []));
  const constants = used.filter(({ constant }) => constant !== undefined);
  return new Map(constants.map((value) => [value.name, { value, called: `${value.name}_${loop}` }]));
}

function nodeProto(node: Node, loops: Pruned['loops'], read: Set<string>, own: OwnConstants): NodeProto {
  const needs = loops.get(node);
  const nameOf = (value: Value): string => {
    const name = own.get(value.name)?.called ?? value.name;
    read.add(name);
    return name;
  };
  if (needs === undefined || node.body === undefined) {
    return create(NodeProtoSchema, {
      opType: node.op,
      input: node.inputs.map(nameOf),
      output: node.outputs.map(({ name }) => name),
      attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
    });
  }
  const { body } = node;
  const variables = needs.outputs.filter((i) => i < node.inputs.length - 2);
  const ports = {
    inputs: [...body.inputs.slice(0, 2), ...variables.map((i) => body.inputs[i + 2]!)],
    outputs: [body.outputs[0]!, ...needs.outputs.map((i) => body.outputs[i + 1]!)],
  };
  const bodyProto = graphProto(
    'body',
    needs.body,
    ports,
    read,
    ownConstants(needs.body, node.outputs[0]!.name),
  );
  return create(NodeProtoSchema, {
    opType: 'Loop',
    input: [...node.inputs.slice(0, 2), ...variables.map((i) => node.inputs[i + 2]!)].map(nameOf),
    output: needs.outputs.map((i) => node.outputs[i]!.name),
    attribute: [create(AttributeProtoSchema, { name: 'body', type: Kind.GRAPH, g: bodyProto })],
  });
}

function attribute(name: string, value: Attribute): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s: new TextEncoder().encode(value) });
  }
  return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) });
}

function tensor(value: Value, name: string): MessageInitShape<typeof TensorProtoSchema> {
  const data = value.constant as ConstantData;
  return {
    name,
    dims: value.shape.map(BigInt),
    dataType: DATA_TYPES[value.type],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function valueInfo({ name, type, shape, ragged }: Value): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((length, axis) =>
    ragged && axis === 0
      ? ({ value: { case: 'dimParam', value: `${name}_rows` } } as const)
      : ({ value: { case: 'dimValue', value: BigInt(length) } } as const),
  );
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: DATA_TYPES[type], shape: { dim } } } },
  };
}
