import { encodeSafeTensors } from '../runs/safetensors.js';
import type { ExportedFile, TrainedClassifier } from './format.js';

/**
 * Weights alone under their names in the model, kernels HWIO and [in, out], with the config and the classes in the
 * metadata. A checkpoint is the same kind of file with optimizer slots, averages and the run's state besides.
 */
export async function encode({ config, weights, classes }: TrainedClassifier): Promise<ExportedFile[]> {
  const metadata = new Map([
    ['format', 'fmnist-weights-1'],
    ['name', config.name],
    ['config', JSON.stringify(config)],
    ['classes', JSON.stringify(classes)],
    ['input', 'float32 [N, height, width, channels] in 0 … 1: bytes divided by 255'],
  ]);
  return [{ path: `${config.name}.safetensors`, chunks: encodeSafeTensors(weights, metadata) }];
}
