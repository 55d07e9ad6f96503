/** Operations by the name of their only output, as TensorFlow's OpDefs have it. */
const SINGLE = {
  activations: ['Elu', 'LeakyRelu', 'Relu'],
  backprops: ['EluGrad', 'LeakyReluGrad', 'ReluGrad'],
  logsoftmax: ['LogSoftmax'],
  output: [
    ...['ArgMax', 'AvgPool', 'AvgPoolGrad', 'BiasAdd', 'BiasAddGrad', 'Bitcast', 'BroadcastTo', 'Const', 'Conv2D'],
    ...['Conv2DBackpropFilter', 'Conv2DBackpropInput', 'DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropFilter'],
    ...[
      'DepthwiseConv2dNativeBackpropInput',
      'Fill',
      'GatherV2',
      'Identity',
      'L2Loss',
      'Max',
      'MaxPool',
      'MaxPoolGrad',
    ],
    ...['Mean', 'OneHot', 'Pack', 'Pad', 'Reshape', 'ResourceGather', 'SelectV2', 'Shape', 'Size', 'Slice'],
    ...['StatelessRandomUniformFullInt', 'StridedSlice', 'Sum', 'Unpack', 'XlaOptimizationBarrier'],
  ],
  product: ['MatMul'],
  softmax: ['Softmax'],
  transformed_images: ['ImageProjectiveTransformV3'],
  value: ['ReadVariableOp'],
  y: ['Cast', 'Erf', 'Exp', 'LogicalNot', 'Neg', 'Rsqrt', 'Sigmoid', 'Sqrt', 'Square', 'Tanh', 'Transpose'],
  z: [
    ...['AddV2', 'Equal', 'GreaterEqual', 'Less', 'LogicalAnd', 'Maximum', 'Mul', 'RealDiv', 'SigmoidGrad', 'Sub'],
    'TanhGrad',
  ],
} as const;

/** Those with several. */
const SEVERAL: Readonly<Record<string, readonly string[]>> = {
  FusedBatchNormV3: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2', 'reserve_space_3'],
  FusedBatchNormGradV3: ['x_backprop', 'scale_backprop', 'offset_backprop', 'reserve_space_4', 'reserve_space_5'],
  SoftmaxCrossEntropyWithLogits: ['loss', 'backprop'],
  SparseSoftmaxCrossEntropyWithLogits: ['loss', 'backprop'],
};

const names = new Map(Object.entries(SINGLE).flatMap(([name, ops]) => ops.map((op) => [op as string, name])));

/**
 * What a function's body calls an operation's output, after the node's name: `y:0`. A graph counts outputs instead.
 * @throws Error for an operation that no body has had yet: enter it above
 */
export function outputInBody(op: string, index: number): string {
  const several = SEVERAL[op]?.[index];
  if (several !== undefined) return `${several}:0`;
  const single = names.get(op);
  if (single === undefined) throw new Error(`what are the outputs of ${op} called?`);
  // The parts of a list, as Unpack gives it, are counted.
  return `${single}:${index}`;
}
