import { fileURLToPath } from 'node:url';
import { packageFile } from '../../package.js';

/** Registers tfjs' WebAssembly backend. Its code is bundled with ours, so it does not find its binaries by itself. */
export async function loadWasmBackend(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(fileURLToPath(packageFile('dist/wasm/')));
}
