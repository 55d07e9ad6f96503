import { cpus } from 'node:os';
import { EngineError } from '../../errors.js';
import type { EngineKind } from '../engine.js';
import { Backend } from './backend.js';
import { filterGradientByLoops, filterGradientByMatMul, registerFilterGradient } from './filter-gradient.js';
import { registerMaxPoolGradient } from './max-pool-gradient.js';
import * as tf from './tf.js';
import { loadWasmBackend } from './wasm.js';
import { watchWasm, watchWebGpu } from './watch.js';

export type EagerKind = Exclude<EngineKind, 'native'>;

/** What runs tfjs' operations. */
export interface Device {
  readonly device: 'gpu' | 'cpu';
  readonly deviceName: string;
}

interface BackendKind {
  /** tfjs' name for it. */
  readonly name: string;
  /** Registers it with tfjs. */
  load(): Promise<Device>;
  /** Once it is started: has failures thrown that tfjs overlooks. */
  watch?(backend: Backend): void;
}

/** Each backend of tfjs that trains. */
const BACKENDS: Record<EagerKind, BackendKind> = {
  'cpu-js': {
    name: 'cpu',
    load: async () => {
      await import('@tensorflow/tfjs-backend-cpu');
      registerFilterGradient('cpu', filterGradientByLoops);
      return processor();
    },
  },
  wasm: {
    name: 'wasm',
    load: async () => {
      await loadWasmBackend();
      registerFilterGradient('wasm', filterGradientByMatMul);
      registerMaxPoolGradient();
      return processor();
    },
    watch: watchWasm,
  },
  webgpu: {
    name: 'webgpu',
    load: async () => {
      const { requestWebGpu } = await import('./webgpu.js');
      const deviceName = await requestWebGpu();
      await import('@tensorflow/tfjs-backend-webgpu');
      return { device: 'gpu', deviceName };
    },
    watch: watchWebGpu,
  },
};

/**
 * Loads a backend and starts it.
 * @throws EngineError when it does not start on this machine.
 */
export async function startBackend(kind: EagerKind): Promise<{ backend: Backend; device: Device }> {
  // Production mode keeps tfjs from printing advice on the console.
  tf.enableProdMode();
  const { name, load, watch } = BACKENDS[kind];
  const device = await load();
  const listeners = emscriptenListeners();
  const started = await tf.setBackend(name);
  for (const [event, before] of listeners) restore(event, before);
  if (!started) throw new EngineError(`tfjs' ${kind} backend did not start`, { hint: 'Try --device cpu-js.' });
  const backend = new Backend(name, `tfjs' ${kind} backend`);
  watch?.(backend);
  return { backend, device };
}

function processor(): Device {
  return { device: 'cpu', deviceName: cpus()[0]?.model.trim() ?? 'unknown processor' };
}

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
type ProcessEvent = (typeof EVENTS)[number];
type Listener = (...args: unknown[]) => void;

/** Emscripten's start-up code adds process-wide listeners that rethrow; the command line has its own last resort. */
function emscriptenListeners(): [ProcessEvent, Listener[]][] {
  return EVENTS.map((event) => [event, process.listeners(event as 'uncaughtException') as Listener[]]);
}

function restore(event: ProcessEvent, before: readonly Listener[]): void {
  for (const listener of process.listeners(event as 'uncaughtException') as Listener[]) {
    if (!before.includes(listener)) process.removeListener(event, listener);
  }
}
