import { type PlainLayerConfig, plainLayers } from '../../model/layers/registry.js';
import type { TorchLayer } from '../../model/layers/torch-layer.js';

/** A layer in PyTorch's words. */
export function torchOf({ type }: PlainLayerConfig): TorchLayer<PlainLayerConfig> {
  // TypeScript does not follow that the definition found by `type` takes the options with that `type`.
  const { torch } = plainLayers[type] as { readonly torch?: TorchLayer<PlainLayerConfig> };
  if (torch === undefined) throw new Error(`${type} is exported as its parts`);
  return torch;
}
