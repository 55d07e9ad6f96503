import type { ExportFormat } from './format.js';

export { INPUTS } from './format.js';

/** Every format by its name on the command line. What writes one is loaded when it is asked for. */
export const FORMATS = {
  keras: {
    describe: 'a .keras archive that Keras 3 loads and goes on training',
    kind: 'file',
    suffix: '.keras',
    encode: async (classifier) => (await import('./keras/encode.js')).encode(classifier),
  },
  tfjs: {
    describe: 'a tfjs LayersModel for browsers and Node',
    kind: 'folder',
    suffix: '-tfjs',
    encode: async (classifier) => (await import('./tfjs/encode.js')).encode(classifier),
  },
  'saved-model': {
    describe: 'a SavedModel for TensorFlow and TensorFlow Serving',
    kind: 'folder',
    suffix: '-saved-model',
    encode: async (classifier) => (await import('./saved-model/encode.js')).encode(classifier),
  },
  onnx: {
    describe: 'an ONNX model (opset 17) for onnxruntime and the like',
    kind: 'file',
    suffix: '.onnx',
    encode: async (classifier) => (await import('./onnx/encode.js')).encode(classifier),
  },
  torch: {
    describe: 'a PyTorch module, model.py, beside its weights',
    kind: 'folder',
    suffix: '-torch',
    encode: async (classifier) => (await import('./torch/encode.js')).encode(classifier),
  },
  safetensors: {
    describe: 'the weights alone, with the config in the metadata',
    kind: 'file',
    suffix: '.safetensors',
    encode: async (classifier) => (await import('./safetensors.js')).encode(classifier),
  },
  page: {
    describe: 'a web page that classifies pictures in the browser',
    kind: 'folder',
    suffix: '-page',
    encode: async (classifier, images) => (await import('./page/encode.js')).encode(classifier, images),
  },
} as const satisfies Record<string, ExportFormat>;

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];
