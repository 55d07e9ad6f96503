import { createRequire } from 'node:module';
import path from 'node:path';
import { asInput } from '../../export/format.js';
import type { Runtime } from './runtime.js';

/** What is used of onnxruntime-node, which is no dependency: it is larger than all the rest. */
interface OnnxRuntime {
  readonly InferenceSession: { create(file: string): Promise<Session> };
  readonly Tensor: new (type: 'uint8' | 'float32', data: Uint8Array | Float32Array, dims: readonly number[]) => unknown;
  readonly env: { readonly versions: { readonly node?: string; readonly common: string } };
}

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { readonly data: Float32Array }>>;
}

/** onnxruntime-node where the user has it: beside fmnist, or in the current folder. */
export async function onnxRuntime(): Promise<Runtime | string> {
  const found = load(import.meta.url) ?? load(path.resolve('package.json'));
  if (found === undefined) return 'onnxruntime-node is not installed (npm install onnxruntime-node)';
  const { InferenceSession, Tensor, env } = found;
  return {
    name: `onnxruntime ${env.versions.node ?? env.versions.common}`,
    run: async (file, { model, input }, images) => {
      const session = await InferenceSession.create(file);
      const { type, data, shape } = asInput(model, input, images);
      const { probabilities } = await session.run({ images: new Tensor(type, data, shape) });
      return probabilities?.data ?? new Float32Array();
    },
  };
}

function load(from: string): OnnxRuntime | undefined {
  try {
    // Its own types are not at hand where it is not installed.
    return createRequire(from)('onnxruntime-node') as OnnxRuntime;
  } catch {
    return undefined;
  }
}
