/** Handle of a tensor inside the binding. */
export interface TensorInfo {
  readonly id: number;
  readonly shape: readonly number[];
  /** TensorFlow's DataType number. */
  readonly dtype: number;
}

/** What this project uses of `tfjs_binding.node`, the C++ half of @tensorflow/tfjs-node(-gpu). */
export interface TensorFlowBinding {
  createTensor(shape: readonly number[], dtype: number, data: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(name: string, attrs: readonly object[], inputs: readonly number[], outputs: number): TensorInfo[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** Names are comma-separated, `node:index`. */
  runSavedModel(model: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorInfo[];
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
}
