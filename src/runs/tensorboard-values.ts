import { Writer } from 'protobufjs/minimal.js';

/*
 * tensorflow.Event: wall_time = 1 (double), step = 2 (int64), file_version = 3 (string), summary = 5, session_log = 7.
 * tensorflow.Summary: value = 1. tensorflow.Summary.Value: tag = 1 (string), simple_value = 2 (float), image = 4,
 * histo = 5, tensor = 8, metadata = 9. tensorflow.SessionLog: status = 1 (START = 1).
 */
export const tag = (field: number, wireType: 0 | 1 | 2 | 5) => (field << 3) | wireType;

/** One value of a summary, encoded. */
export type SummaryValue = (writer: Writer) => Writer;

function named(writer: Writer, name: string): Writer {
  return writer.uint32(tag(1, 2)).string(name);
}

export function scalar(name: string, value: number): SummaryValue {
  return (writer) => named(writer, name).uint32(tag(2, 5)).float(value);
}

/** A PNG. tensorflow.Summary.Image: height = 1, width = 2, colorspace = 3, encoded_image_string = 4. */
export function image(name: string, png: Uint8Array): SummaryValue {
  const header = new DataView(png.buffer, png.byteOffset);
  const [width, height] = [header.getUint32(16), header.getUint32(20)];
  return (writer) =>
    named(writer, name)
      .uint32(tag(4, 2))
      .fork()
      .uint32(tag(1, 0))
      .int32(height)
      .uint32(tag(2, 0))
      .int32(width)
      .uint32(tag(3, 0))
      .int32(3)
      .uint32(tag(4, 2))
      .bytes(png)
      .ldelim();
}

const BUCKETS = 30;

/**
 * How values are spread. tensorflow.HistogramProto: min = 1, max = 2, num = 3, sum = 4, sum_squares = 5, bucket_limit = 6
 * and bucket = 7 (packed), all doubles; a bucket ends at its limit.
 */
export function histogram(name: string, values: Float32Array): SummaryValue {
  let [low, high, sum, squares] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
    sum += value;
    squares += value * value;
  }
  const width = (high - low) / BUCKETS || 1;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const value of values) {
    const bucket = Math.min(BUCKETS - 1, Math.floor((value - low) / width));
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  const limits = counts.map((_, i) => (i === BUCKETS - 1 ? Math.max(high, low + width) : low + width * (i + 1)));
  return (writer) => {
    const histo = named(writer, name).uint32(tag(5, 2)).fork();
    [low, high, values.length, sum, squares].forEach((value, i) => {
      histo.uint32(tag(i + 1, 1)).double(value);
    });
    doubles(histo, 6, limits);
    doubles(histo, 7, counts);
    return histo.ldelim();
  };
}

function doubles(writer: Writer, field: number, values: readonly number[]): void {
  writer.uint32(tag(field, 2)).fork();
  for (const value of values) writer.double(value);
  writer.ldelim();
}

/** A setting of a run, as its HParams table shows it. */
export type HyperParameters = ReadonlyMap<string, number | string | boolean>;

/**
 * tensorboard.hparams.HParamsPluginData: session_start_info = 3. SessionStartInfo: hparams = 1 (a map to
 * google.protobuf.Value: number_value = 2, string_value = 3, bool_value = 4), group_name = 4, start_time_secs = 5.
 */
export function sessionStart(parameters: HyperParameters, now: Date): SummaryValue {
  const info = Writer.create();
  for (const [name, value] of parameters) {
    const entry = named(info.uint32(tag(1, 2)).fork(), name)
      .uint32(tag(2, 2))
      .fork();
    if (typeof value === 'number') entry.uint32(tag(2, 1)).double(value);
    else if (typeof value === 'string') entry.uint32(tag(3, 2)).string(value);
    else entry.uint32(tag(4, 0)).bool(value);
    entry.ldelim().ldelim();
  }
  info.uint32(tag(5, 1)).double(now.getTime() / 1000);
  return hparams('_hparams_/session_start_info', 3, info.finish());
}

/** HParamsPluginData: session_end_info = 4. SessionEndInfo: status = 1 (SUCCESS = 1, FAILURE = 2), end_time_secs = 2. */
export function sessionEnd(succeeded: boolean, now: Date): SummaryValue {
  const info = Writer.create()
    .uint32(tag(1, 0))
    .int32(succeeded ? 1 : 2)
    .uint32(tag(2, 1))
    .double(now.getTime() / 1000);
  return hparams('_hparams_/session_end_info', 4, info.finish());
}

/**
 * SummaryMetadata: plugin_data = 1 (plugin_name = 1, content = 2). The plugin wants a value besides: a TensorProto (dtype
 * = 1, tensor_shape = 2, float_val = 5) of one zero.
 */
function hparams(name: string, field: number, content: Uint8Array): SummaryValue {
  const data = Writer.create().uint32(tag(field, 2)).bytes(content).finish();
  const shape = Writer.create().uint32(tag(2, 2)).fork().uint32(tag(1, 0)).int64(1).ldelim().finish();
  return (writer) =>
    named(writer, name)
      .uint32(tag(8, 2))
      .fork()
      .uint32(tag(1, 0))
      .int32(1)
      .uint32(tag(2, 2))
      .bytes(shape)
      .uint32(tag(5, 2))
      .fork()
      .float(0)
      .ldelim()
      .ldelim()
      .uint32(tag(9, 2))
      .fork()
      .uint32(tag(1, 2))
      .fork()
      .uint32(tag(1, 2))
      .string('hparams')
      .uint32(tag(2, 2))
      .bytes(data)
      .ldelim()
      .ldelim();
}
