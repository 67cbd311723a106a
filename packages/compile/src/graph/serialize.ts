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
import type { Attribute, ConstantData, Node, OnnxType, Value } from './value.ts';

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
    graph: graphProto('main', pruned, graph.root.inputs, graph.root.outputs),
  });
  return toBinary(ModelProtoSchema, model);
}

function graphProto(
  name: string,
  { nodes, loops }: Pruned,
  inputs: readonly Value[],
  outputs: readonly Value[],
): GraphProto {
  return create(GraphProtoSchema, {
    name,
    node: nodes.filter(({ op }) => op !== 'Constant').map((node) => nodeProto(node, loops)),
    initializer: nodes.filter(({ op }) => op === 'Constant').map(({ outputs: [value] }) => tensor(value!)),
    input: inputs.map(valueInfo),
    output: outputs.map(valueInfo),
  });
}

function nodeProto(node: Node, loops: Pruned['loops']): NodeProto {
  const needs = loops.get(node);
  if (needs === undefined || node.body === undefined) {
    return create(NodeProtoSchema, {
      opType: node.op,
      input: node.inputs.map(({ name }) => name),
      output: node.outputs.map(({ name }) => name),
      attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
    });
  }
  const { body } = node;
  const variables = needs.outputs.filter((i) => i < node.inputs.length - 2);
  const bodyProto = graphProto(
    'body',
    needs.body,
    [...body.inputs.slice(0, 2), ...variables.map((i) => body.inputs[i + 2]!)],
    [body.outputs[0]!, ...needs.outputs.map((i) => body.outputs[i + 1]!)],
  );
  return create(NodeProtoSchema, {
    opType: 'Loop',
    input: [...node.inputs.slice(0, 2), ...variables.map((i) => node.inputs[i + 2]!)].map(({ name }) => name),
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

function tensor(value: Value): MessageInitShape<typeof TensorProtoSchema> {
  const data = value.constant as ConstantData;
  return {
    name: value.name,
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
