import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { AbsentDeviceError, EngineError } from '../../../errors.js';
import { lastLines, runTool } from '../provision/tool.js';

export type WebGpu =
  | { readonly works: true; readonly adapters: readonly string[] }
  | { readonly works: false; readonly reason: string };

/** 130 MB for a device that most have no use for: npm does not bring it with fmnist. */
const NOT_INSTALLED = 'the npm package webgpu is not installed';

const TIMEOUT_MS = 30_000;
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

const NO_ADAPTER = 'it finds no graphics adapter';

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
    timeoutMs: TIMEOUT_MS,
  });
  if (result?.code !== 0) {
    const crashed = result?.signal ? `Dawn crashes (${result.signal})` : undefined;
    const why = result?.late ? `Dawn does not answer in ${TIMEOUT_MS / 1000} s` : crashed;
    return { works: false, reason: why ?? lastLines(result?.stderr ?? '', 1) };
  }
  const adapters: string[] = JSON.parse(result.stdout);
  if (adapters.length > 0) return { works: true, adapters };
  const noVulkan = /libvulkan\.so\.1/.test(result.stderr);
  const why = noVulkan ? ': the Vulkan loader (libvulkan.so.1) is missing' : '';
  return { works: false, reason: `${NO_ADAPTER}${why}` };
}

const HINTS: readonly (readonly [sign: RegExp, hint: string])[] = [
  [new RegExp(NOT_INSTALLED), 'npm install webgpu, where fmnist is installed (both with -g, or neither)'],
  [/libvulkan/, 'sudo apt-get install libvulkan1 mesa-vulkan-drivers'],
  [/./, 'It needs a graphics driver with Vulkan, Metal or Direct3D 12; --device wasm works without one.'],
];

/**
 * The adapters, the best first.
 *
 * @throws EngineError where Dawn finds none, or does not survive looking for one
 */
export function requireAdapters(state: WebGpu): readonly string[] {
  if (state.works) return state.adapters;
  const { reason } = state;
  const hint = HINTS.find(([sign]) => sign.test(reason))?.[1] ?? '';
  const isAbsent = reason === NOT_INSTALLED || reason.startsWith(NO_ADAPTER);
  throw new (isAbsent ? AbsentDeviceError : EngineError)(`WebGPU cannot be used: ${reason}`, { hint });
}
