import type { Context } from '../../context.js';
import type { TrainedClassifier } from '../../export/format.js';

/** What runs an export as its users will. */
export interface Runtime {
  /** e.g. `onnxruntime 1.30.0` */
  readonly name: string;
  /** The export's probabilities [N, classes] of images [N, height, width, channels], bytes. */
  run(out: string, classifier: TrainedClassifier, images: Uint8Array): Promise<Float32Array>;
}

/** Opens a format's runtime, or says why there is none here. */
export type OpenRuntime = (context: Context) => Promise<Runtime | string>;
