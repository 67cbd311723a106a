/** What an ONNX file says of itself, read without running it. */
import { fromBinary } from '@bufbuild/protobuf';
import { DataError } from '../errors.ts';
import { ModelProtoSchema, TensorProto_DataType, type ValueInfoProto } from './gen/onnx_pb.ts';

/** An input or an output of a model. */
export type ModelPort = {
  readonly name: string;
  /** ONNX's name of the element type in lower case, as `float` or `int32`. */
  readonly type: string;
  /** The length of each axis; a name, or '' for none, where it is not fixed. */
  readonly shape: readonly (number | string)[];
};

/** The head of a model. */
export type ModelFacts = {
  readonly producer: string;
  /** Version of the operators. */
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
};

/**
 * Reads the head of an ONNX model. Nothing is run, and nothing is checked beyond what is read: the graph may be wrong.
 *
 * @param model - the bytes of the file. Borrowed.
 * @throws {DataError} if they are not an ONNX model with a graph and an operator set.
 */
export function readModel(model: Uint8Array): ModelFacts {
  const { producerName, opsetImport, metadataProps, graph } = parse(model);
  const opset = opsetImport.find(({ domain }) => domain === '')?.version;
  if (graph === undefined || opset === undefined) {
    throw new DataError(
      'readModel: the bytes must be an ONNX model; got no graph or no operator set in them.',
    );
  }
  const values = new Set(graph.initializer.map(({ name }) => name));
  return {
    producer: producerName,
    opset: Number(opset),
    // Not assigned to, since a key may be `__proto__`.
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    inputs: graph.input.filter(({ name }) => !values.has(name)).map(portOf),
    outputs: graph.output.map(portOf),
  };
}

function parse(model: Uint8Array) {
  try {
    return fromBinary(ModelProtoSchema, model);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(
      `readModel: the bytes must be an ONNX model; got ${model.length} that are not: ${reason}.`,
      {
        cause,
      },
    );
  }
}

function portOf({ name, type }: ValueInfoProto): ModelPort {
  const value = type?.value;
  if (value?.case !== 'tensorType') {
    throw new DataError(
      `readModel: inputs and outputs must be tensors; got ${value?.case ?? 'nothing'} at '${name}'.`,
    );
  }
  const { elemType, shape } = value.value;
  return {
    name,
    type: (TensorProto_DataType[elemType] ?? 'unknown').toLowerCase(),
    shape: (shape?.dim ?? []).map((dim) =>
      dim.value.case === 'dimValue' ? Number(dim.value.value) : (dim.value.value ?? ''),
    ),
  };
}
