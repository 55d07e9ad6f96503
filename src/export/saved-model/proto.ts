import protobuf from 'protobufjs';
import {
  type Attr,
  DTYPE,
  type DType,
  GRAPH_MESSAGES,
  type NodeDef,
  PRODUCER,
  type ShapeMessage,
  shapeMessage,
} from '../../engine/graph/proto.js';

/**
 * What a SavedModel with variables needs of TensorFlow's messages, beyond those of a plain graph, field numbers as in
 * tensorflow/core/protobuf/{meta_graph,saver,saved_model,tensor_bundle}.proto and framework/variable.proto.
 */
const { root } = protobuf.parse(
  `
  ${GRAPH_MESSAGES}
  message MetaInfo { repeated string tags = 4; string tensorflow_version = 5; }
  message Saver {
    string filename_tensor_name = 1; string save_tensor_name = 2; string restore_op_name = 3; int32 max_to_keep = 4;
    int32 version = 7;
  }
  message BytesList { repeated bytes value = 1; }
  message Collection { oneof kind { BytesList bytes_list = 2; } }
  message TensorInfo { string name = 1; int32 dtype = 2; Shape tensor_shape = 3; }
  message Signature { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3; }
  message MetaGraph {
    MetaInfo meta_info_def = 1; Graph graph_def = 2; Saver saver_def = 3; map<string, Collection> collection_def = 4;
    map<string, Signature> signature_def = 5;
  }
  message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraph meta_graphs = 2; }
  message Variable {
    string variable_name = 1; string initializer_name = 2; string snapshot_name = 3; bool is_resource = 5; bool trainable = 7;
  }
  message BundleHeader { int32 num_shards = 1; int32 endianness = 2; Versions version = 3; }
  message BundleEntry {
    int32 dtype = 1; Shape shape = 2; int32 shard_id = 3; int64 offset = 4; int64 size = 5; fixed32 crc32c = 6;
  }
  `,
  { keepCase: true },
);

function encoder<Message extends object>(name: string): (message: Message) => Uint8Array {
  const type = root.lookupType(name);
  return (message) => type.encode(message).finish();
}

/** DataType.DT_STRING, of file and tensor names. */
const STRING = 7;

/** A node whose attributes may be those that only saving and restoring need. */
export interface SavedNode extends Omit<NodeDef, 'attr'> {
  readonly attr: Readonly<Record<string, Attr | SaverAttr>>;
}

type SaverAttr =
  | { readonly type: typeof STRING }
  | { readonly list: { readonly type: readonly number[] } }
  | {
      readonly tensor: {
        readonly dtype: typeof STRING;
        readonly tensor_shape: ShapeMessage;
        readonly string_val: readonly Uint8Array[];
      };
    };

/** Makes the attributes that the engine's graphs have no need of. */
export const saverAttr = {
  stringType: (): SaverAttr => ({ type: STRING }),
  types: (dtype: DType, count: number): SaverAttr => ({ list: { type: new Array(count).fill(DTYPE[dtype]) } }),
  /** A constant string, or a vector of them. */
  strings: (values: readonly string[], dims: readonly number[]): SaverAttr => ({
    tensor: { dtype: STRING, tensor_shape: shapeMessage(dims), string_val: values.map((text) => Buffer.from(text)) },
  }),
};

interface TensorInfo {
  readonly name: string;
  readonly dtype: number;
  readonly tensor_shape: ShapeMessage;
}

/** A tensor of a signature; dimensions of −1 are free. */
export function tensorInfo(name: string, dtype: DType, dims: readonly number[]): TensorInfo {
  return { name, dtype: DTYPE[dtype], tensor_shape: shapeMessage(dims) };
}

export interface SavedModelParts {
  readonly nodes: readonly SavedNode[];
  readonly saver: {
    readonly filename_tensor_name: string;
    readonly save_tensor_name: string;
    readonly restore_op_name: string;
  };
  readonly variables: readonly {
    readonly variable_name: string;
    readonly initializer_name: string;
    readonly snapshot_name: string;
    readonly trainable: boolean;
  }[];
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
}

const encodeMessage = encoder<object>('SavedModel');
const encodeVariable = encoder<object>('Variable');

/** SaverDef.V2: the checkpoints that are a bundle of index and data. */
const BUNDLES = 2;

/** The bytes of `saved_model.pb`: one graph tagged `serve` with the signature `serving_default`. */
export function encodeSavedModel({ nodes, saver, variables, inputs, outputs }: SavedModelParts): Uint8Array {
  const definitions = variables.map((variable) => encodeVariable({ ...variable, is_resource: true }));
  const collection = { bytes_list: { value: definitions } };
  const trainable = { bytes_list: { value: definitions.filter((_, i) => variables[i]?.trainable) } };
  return encodeMessage({
    saved_model_schema_version: 1,
    meta_graphs: [
      {
        meta_info_def: { tags: ['serve'], tensorflow_version: '2.9.0' },
        graph_def: { node: nodes, versions: { producer: PRODUCER } },
        saver_def: { ...saver, max_to_keep: 1, version: BUNDLES },
        collection_def: { variables: collection, trainable_variables: trainable },
        signature_def: { serving_default: { inputs, outputs, method_name: 'tensorflow/serving/predict' } },
      },
    ],
  });
}

const encodeHeader = encoder<object>('BundleHeader');
const encodeEntry = encoder<object>('BundleEntry');

/** Of a checkpoint in one data file, little-endian. */
export const bundleHeader = (): Uint8Array => encodeHeader({ num_shards: 1, version: { producer: 1 } });

/** Where a float32 variable lies in the data file, and its checksum (masked CRC-32C). */
export function bundleEntry(dims: readonly number[], offset: number, size: number, crc32c: number): Uint8Array {
  return encodeEntry({ dtype: DTYPE.float, shape: shapeMessage(dims), offset, size, crc32c });
}
