import protobuf from 'protobufjs';

/** The few messages of ONNX that a classifier needs, field numbers as in onnx/onnx.proto. */
const { root } = protobuf.parse(
  `
  syntax = "proto2";
  message Model {
    optional int64 ir_version = 1; optional string producer_name = 2; optional Graph graph = 7;
    repeated Opset opset_import = 8; repeated Entry metadata_props = 14;
  }
  message Opset { optional string domain = 1; optional int64 version = 2; }
  message Entry { optional string key = 1; optional string value = 2; }
  message Graph {
    repeated Node node = 1; optional string name = 2; repeated Tensor initializer = 5;
    repeated ValueInfo input = 11; repeated ValueInfo output = 12;
  }
  message Node {
    repeated string input = 1; repeated string output = 2; optional string name = 3; optional string op_type = 4;
    repeated Attribute attribute = 5;
  }
  message Attribute {
    optional string name = 1; optional float f = 2; optional int64 i = 3; repeated int64 ints = 8; optional int32 type = 20;
  }
  message Tensor { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
  message ValueInfo { optional string name = 1; optional Type type = 2; }
  message Type { optional TensorType tensor_type = 1; }
  message TensorType { optional int32 elem_type = 1; optional Shape shape = 2; }
  message Shape { repeated Dimension dim = 1; }
  message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
  `,
  { keepCase: true },
);
const modelMessage = root.lookupType('Model');

/** TensorProto.DataType. */
export const DATA_TYPE = { float: 1, uint8: 2, int64: 7 } as const;

const ATTRIBUTE_TYPE = { f: 1, i: 2, ints: 7 } as const;

/** A number of an attribute, with the field that holds it. */
export type AttributeValue = { readonly f: number } | { readonly i: number } | { readonly ints: readonly number[] };

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: keyof typeof DATA_TYPE;
  readonly dims: readonly number[];
  /** Little-endian. */
  readonly bytes: Uint8Array;
}

/** An input or output; its first dimension is the batch, which is free. */
export interface OnnxPort {
  readonly name: string;
  readonly type: keyof typeof DATA_TYPE;
  /** Without the batch. */
  readonly shape: readonly number[];
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly input: OnnxPort;
  readonly output: OnnxPort;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The operations are those of this set, of 2021, and the file's form the one that came with it. */
const OPSET = 17;
const IR_VERSION = 8;

/** The bytes of an `.onnx` file. Protobuf ends at 2 GB, which no network of images this small comes near. */
export function encodeModel({ name, nodes, tensors, input, output, metadata }: OnnxModel): Uint8Array {
  return modelMessage
    .encode({
      ir_version: IR_VERSION,
      producer_name: 'fmnist',
      opset_import: [{ domain: '', version: OPSET }],
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name,
        node: nodes.map(nodeMessage),
        initializer: tensors.map(({ name, type, dims, bytes }) => ({
          name,
          dims,
          data_type: DATA_TYPE[type],
          raw_data: bytes,
        })),
        input: [portMessage(input)],
        output: [portMessage(output)],
      },
    })
    .finish();
}

function nodeMessage({ name, op, inputs, output, attributes }: OnnxNode) {
  const attribute = Object.entries(attributes).map(([key, value]) => {
    const [field] = Object.keys(value) as [keyof typeof ATTRIBUTE_TYPE];
    return { name: key, type: ATTRIBUTE_TYPE[field], ...value };
  });
  return { name, op_type: op, input: inputs, output: [output], attribute };
}

function portMessage({ name, type, shape }: OnnxPort) {
  const dim = [{ dim_param: 'batch' }, ...shape.map((dim_value) => ({ dim_value }))];
  return { name, type: { tensor_type: { elem_type: DATA_TYPE[type], shape: { dim } } } };
}
