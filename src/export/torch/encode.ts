import { encodeSafeTensors } from '../../runs/safetensors.js';
import { type ExportedFile, jsonFile, type TrainedClassifier, textFile } from '../format.js';
import { networkOf } from '../network.js';
import { moduleText } from './module.js';
import { torchWeights } from './weights.js';

/**
 * A folder with `model.py`, a plain `nn.Module` from images [N, C, H, W] to logits, and its `weights.safetensors` in
 * PyTorch's layouts.
 */
export async function encode(classifier: TrainedClassifier): Promise<ExportedFile[]> {
  const { classes, input, config } = classifier;
  const network = networkOf(classifier);
  const metadata = new Map([
    ['format', 'pt'],
    ['classes', JSON.stringify(classes)],
  ]);
  const weights = torchWeights(network, classifier.weights);
  return [
    textFile('model.py', moduleText(classifier, network)),
    { path: 'weights.safetensors', chunks: encodeSafeTensors(weights, metadata) },
    jsonFile('fmnist.json', { classes, input, config }),
  ];
}
