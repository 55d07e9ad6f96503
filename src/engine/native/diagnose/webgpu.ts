import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { EngineError } from '../../../errors.js';
import { lastLines, runTool } from '../provision/tool.js';

export type WebGpu =
  | { readonly works: true; readonly adapters: readonly string[] }
  | { readonly works: false; readonly reason: string };

/** 130 MB for a device that most have no use for: npm does not bring it with fmnist. */
const NOT_INSTALLED = 'the npm package webgpu (WebGPU for Node) is not installed';

const SCRIPT = `
const { create } = await import(process.argv[1]);
const gpu = create([]);
const names = new Set();
for (const powerPreference of ['high-performance', 'low-power']) {
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (!adapter) continue;
  const { description, device, vendor } = adapter.info;
  names.add(description || device || vendor || 'unknown adapter');
}
process.stdout.write(JSON.stringify([...names]), () => process.exit(0));`;

const require = createRequire(import.meta.url);

/** The adapters that Dawn finds. In a child process: it writes to stderr, and a bad driver can end the process. */
export async function queryWebGpu(env: NodeJS.ProcessEnv): Promise<WebGpu> {
  let library: string;
  try {
    library = pathToFileURL(require.resolve('webgpu')).href;
  } catch {
    return { works: false, reason: NOT_INSTALLED };
  }
  const result = await runTool(process.execPath, ['--input-type=module', '-e', SCRIPT, library], {
    env: { ...env, NODE_OPTIONS: '' },
    timeoutMs: 30_000,
  });
  if (result?.code !== 0) {
    const crashed = result?.signal ? `Dawn crashes (${result.signal})` : undefined;
    return { works: false, reason: crashed ?? lastLines(result?.stderr ?? '', 1) };
  }
  const adapters: string[] = JSON.parse(result.stdout);
  if (adapters.length > 0) return { works: true, adapters };
  const noVulkan = /libvulkan\.so\.1/.test(result.stderr);
  const why = noVulkan ? ': the Vulkan loader (libvulkan.so.1) is missing' : '';
  return { works: false, reason: `it finds no graphics adapter${why}` };
}

/** What to do about a WebGPU that does not work, where it is known. */
export function webGpuFix(reason: string): string | undefined {
  if (reason === NOT_INSTALLED) return 'npm install webgpu, where fmnist is installed (both with -g, or neither)';
  return /libvulkan/.test(reason) ? 'sudo apt-get install libvulkan1 mesa-vulkan-drivers' : undefined;
}

/** @throws EngineError where Dawn finds no adapter, or does not survive looking for one */
export async function requireWebGpu(env: NodeJS.ProcessEnv): Promise<void> {
  const state = await queryWebGpu(env);
  if (state.works) return;
  throw new EngineError(`WebGPU cannot be used: ${state.reason}`, {
    hint:
      webGpuFix(state.reason) ??
      'It needs a graphics driver with Vulkan, Metal or Direct3D 12; --device wasm works without one.',
  });
}
