import type { Tensor } from '@tensorflow/tfjs-core';
import { loadWasmBackend } from '../../engine/eager/wasm.js';
import type { ModelInput } from '../format.js';

const BATCH = 32;

/**
 * The probabilities that tfjs gives in Node, on WebAssembly.
 *
 * @param url of `model.json`
 */
export async function openTfjs(url: string, { data, shape }: ModelInput): Promise<Float32Array> {
  const tf = await import('@tensorflow/tfjs-core');
  // Else tfjs advertises its native build.
  tf.env().set('PROD', true);
  await import('@tensorflow/tfjs-backend-cpu');
  await loadWasmBackend();
  const { loadLayersModel } = await import('@tensorflow/tfjs-layers');
  await tf.setBackend('wasm');
  const model = await loadLayersModel(url);
  const images = tf.tensor(data, [...shape], data instanceof Uint8Array ? 'int32' : 'float32');
  // One input and one output.
  const output = model.predict(images, { batchSize: BATCH }) as Tensor;
  const probabilities = await output.data<'float32'>();
  tf.dispose([images, output]);
  model.dispose();
  return probabilities;
}
