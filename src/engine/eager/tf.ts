// tfjs-core's Node bundle differentiates nothing by itself: the rules are in `register_all_gradients`, which Node cannot
// import (extensionless ESM in a CommonJS package). tfjs-layers' bundle carries them and registers them on import.
import '@tensorflow/tfjs-layers';

export * from '@tensorflow/tfjs-core';
