import type { Context } from '../../context.js';
import { EngineError } from '../../errors.js';
import { asInput } from '../../export/format.js';
import type { Runtime } from './runtime.js';

/** TensorFlow's DataType numbers, of tensorflow/core/framework/types.proto. */
const DATA_TYPE = { float32: 1, uint8: 4 } as const;

/** The engine's own TensorFlow, where it is set up: its C API loads SavedModels as TensorFlow Serving does. */
export async function tensorFlowRuntime({ env }: Context): Promise<Runtime | string> {
  const { openNativeCpu } = await import('../../engine/native/binding/open.js');
  try {
    const { binding, info } = await openNativeCpu({ env, offline: true });
    return {
      name: info.name,
      run: async (folder, { model, input }, images) => {
        const { type, data, shape } = asInput(model, input, images);
        const saved = binding.loadSavedModel(folder, 'serve');
        const fed = binding.createTensor(shape, DATA_TYPE[type], data);
        const [output] = binding.runSavedModel(saved, [fed], 'images:0', 'probabilities:0');
        const probabilities = output ? binding.tensorDataSync(output.id) : new Float32Array();
        binding.deleteTensor(fed);
        if (output) binding.deleteTensor(output.id);
        binding.deleteSavedModel(saved);
        // The graph's output is float32.
        return probabilities as Float32Array;
      },
    };
  } catch (error) {
    if (error instanceof EngineError) return 'native TensorFlow is not set up ($0 setup)';
    throw error;
  }
}
