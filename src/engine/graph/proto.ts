import protobuf from 'protobufjs';
import type { Precision } from '../engine.js';

/**
 * The few messages of TensorFlow's protocol that a graph is made of, field numbers as in tensorflow/core/framework/{graph,
 * node_def,attr_value,tensor,tensor_shape,function,op_def}.proto.
 */
export const GRAPH_MESSAGES = `
  syntax = "proto3";
  message Dim { int64 size = 1; }
  message Shape { repeated Dim dim = 2; bool unknown_rank = 3; }
  message Tensor { int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; repeated bytes string_val = 8; }
  message List { repeated int64 i = 3; repeated int32 type = 6; }
  message Name { string name = 1; }
  message Attr {
    oneof value {
      List list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7; Tensor tensor = 8;
      Name func = 10;
    }
  }
  message Node { string name = 1; string op = 2; repeated string input = 3; map<string, Attr> attr = 5; }
  message Versions { int32 producer = 1; int32 min_consumer = 2; }
  message Arg { string name = 1; int32 type = 3; }
  message OpSignature { string name = 1; repeated Arg input_arg = 2; repeated Arg output_arg = 3; bool is_stateful = 17; }
  message Function { OpSignature signature = 1; repeated Node node_def = 3; map<string, string> ret = 4; map<string, Attr> attr = 5; }
  message Library { repeated Function function = 1; }
  message Graph { repeated Node node = 1; Library library = 2; Versions versions = 4; }
`;

/** And those that it is loaded from, as in tensorflow/core/protobuf/{meta_graph,saved_model}.proto. */
const { root } = protobuf.parse(
  `
  ${GRAPH_MESSAGES}
  message MetaInfo { repeated string tags = 4; }
  message MetaGraph { MetaInfo meta_info_def = 1; Graph graph_def = 2; }
  message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraph meta_graphs = 2; }
  `,
  { keepCase: true },
);
const savedModel = root.lookupType('SavedModel');

/** TensorFlow's DataType numbers, of tensorflow/core/framework/types.proto. */
export const DTYPE = {
  float: 1,
  int32: 3,
  uint8: 4,
  int16: 5,
  bool: 10,
  bfloat16: 14,
  resource: 20,
  uint32: 22,
} as const;
export type DType = keyof typeof DTYPE;

/** The type of the matrix work by precision. */
export const COMPUTE = { float32: 'float', tf32: 'float', bfloat16: 'bfloat16' } as const satisfies Record<
  Precision,
  DType
>;

/** The message of a shape; dimensions of −1 are unknown. */
export interface ShapeMessage {
  dim: { size: number }[];
}

/** An attribute of a node, as the field of `AttrValue` that holds it. */
export type Attr =
  | { s: Uint8Array }
  | { i: number }
  | { f: number }
  | { b: boolean }
  | { type: number }
  | { shape: ShapeMessage }
  | { list: { i: number[] } | { type: number[] } }
  | { func: { name: string } }
  | { tensor: { dtype: number; tensor_shape: ShapeMessage; tensor_content: Uint8Array } };

/** Makes attributes; `attr.type('float')` and so on. Dimensions of −1 are unknown. */
export const attr = {
  string: (value: string): Attr => ({ s: Buffer.from(value) }),
  int: (i: number): Attr => ({ i }),
  float: (f: number): Attr => ({ f }),
  bool: (b: boolean): Attr => ({ b }),
  type: (dtype: DType): Attr => ({ type: DTYPE[dtype] }),
  types: (dtypes: readonly DType[]): Attr => ({ list: { type: dtypes.map((dtype) => DTYPE[dtype]) } }),
  function: (name: string): Attr => ({ func: { name } }),
  shape: (dims: readonly number[]): Attr => ({ shape: shapeMessage(dims) }),
  ints: (i: readonly number[]): Attr => ({ list: { i: [...i] } }),
  tensor: (dtype: DType, dims: readonly number[], content: Uint8Array): Attr => ({
    tensor: { dtype: DTYPE[dtype], tensor_shape: shapeMessage(dims), tensor_content: content },
  }),
};

export function shapeMessage(dims: readonly number[]): ShapeMessage {
  return { dim: dims.map((size) => ({ size })) };
}

export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attr>>;
}

interface ArgDef {
  readonly name: string;
  readonly type: number;
}

/** A function that nodes call by its name. */
export interface FunctionDef {
  readonly signature: {
    readonly name: string;
    readonly input_arg: readonly ArgDef[];
    readonly output_arg: readonly ArgDef[];
    readonly is_stateful: boolean;
  };
  readonly attr: Readonly<Record<string, Attr>>;
  readonly node_def: readonly NodeDef[];
  /** Which tensor of the body each output is. */
  readonly ret: Readonly<Record<string, string>>;
}

/** The graph version of TensorFlow 2.9: the oldest library that our graphs load in. */
export const PRODUCER = 1087;

/** A SavedModel with one graph, tagged `serve`, as the bytes of `saved_model.pb`. */
export function encodeSavedModel(nodes: readonly NodeDef[], functions: readonly FunctionDef[]): Uint8Array {
  return savedModel
    .encode({
      saved_model_schema_version: 1,
      meta_graphs: [
        {
          meta_info_def: { tags: ['serve'] },
          graph_def: { node: nodes, library: { function: functions }, versions: { producer: PRODUCER } },
        },
      ],
    })
    .finish();
}
