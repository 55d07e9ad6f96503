import { EngineError } from '../../errors.js';
import type { Backend } from './backend.js';
import * as tf from './tf.js';

/** WebAssembly addresses its memory with 32 bits. */
const WASM_BYTES = 2 ** 32;

/** What is used of Emscripten's module. */
interface WasmModule {
  /** Returns the address as a signed integer, 0 where no memory is left. */
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** The memory, as large as it has grown. */
  readonly HEAPU8: Uint8Array;
}

/**
 * Makes an allocation that finds no memory throw: tfjs would write to the address 0 that `malloc` returns then, cut sizes
 * to 32 bits, and train on with garbage.
 */
export function watchWasm(backend: Backend): void {
  const { wasm } = tf.backend() as unknown as { wasm: WasmModule };
  // Emscripten puts the real function in its stub's place when it is first called.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = bytes < WASM_BYTES ? malloc(bytes) : 0;
    // At the end of the four gigabytes malloc's sum of address and size overflows, and it takes the block for one that fits.
    const fits = address !== 0 && (address >>> 0) + bytes <= wasm.HEAPU8.length;
    if (!fits && bytes > 0) throw backend.outOfMemory();
    return address;
  };
}

/** Keeps what the GPU reports after tfjs has gone on: its operations return before they are done. */
export function watchWebGpu(backend: Backend): void {
  const { device } = tf.backend() as unknown as { device: GPUDevice };
  device.addEventListener('uncapturederror', (event) => {
    // Otherwise Dawn prints it too.
    event.preventDefault();
    const { error } = event;
    const tooLarge = error instanceof GPUOutOfMemoryError || /exceeds the max .*size/i.test(error.message);
    backend.fail(tooLarge ? backend.outOfMemory(error) : gpuError(error));
  });
  void device.lost.then((info) => {
    if (info.reason !== 'destroyed') backend.fail(gpuError(info));
  });
}

function gpuError(cause: { message: string }): EngineError {
  const [line] = cause.message.split('\n');
  return new EngineError(`WebGPU failed: ${line}`, { hint: 'Try --device wasm.', cause });
}
