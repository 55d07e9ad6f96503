import { EngineError } from '../../errors.js';

interface Gpu {
  requestAdapter(): Promise<{ info: { vendor: string; description: string; device: string } } | null>;
}

let gpu: Gpu | undefined;

/**
 * Gives Node a `navigator.gpu` by Dawn, as tfjs expects of a browser, and names the adapter.
 * @throws EngineError when Dawn does not load or finds no adapter.
 */
export async function requestWebGpu(): Promise<string> {
  gpu ??= await installGpu();
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    throw new EngineError('WebGPU found no graphics adapter on this machine', {
      hint: 'It needs a graphics driver with Vulkan, Metal or Direct3D 12; --device wasm works without one.',
    });
  }
  const { vendor, description, device } = adapter.info;
  return description || device || vendor || 'unknown adapter';
}

async function installGpu(): Promise<Gpu> {
  const { create, globals } = await import('webgpu').catch((cause: unknown) => {
    throw new EngineError(`WebGPU's library (Dawn) does not load: ${String(cause)}`, {
      hint: 'Use --device wasm.',
      cause,
    });
  });
  Object.assign(globalThis, globals);
  const created = create([]) as unknown as Gpu;
  // Node 20 has no navigator; later ones have a read-only one without gpu.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: created }, configurable: true });
  return created;
}
