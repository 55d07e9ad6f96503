import { cpus } from 'node:os';
import { EngineError } from '../../errors.js';
import type { EngineKind } from '../engine.js';
import { filterGradientByLoops, filterGradientByMatMul, registerFilterGradient } from './filter-gradient.js';
import { registerMaxPoolGradient } from './max-pool-gradient.js';
import * as tf from './tf.js';

export type EagerKind = Exclude<EngineKind, 'native'>;

/** What runs tfjs' operations. */
export interface Device {
  readonly device: 'gpu' | 'cpu';
  readonly deviceName: string;
}

interface Backend {
  /** tfjs' name for it. */
  readonly name: string;
  /** Registers it with tfjs. */
  load(): Promise<Device>;
}

/** Each backend of tfjs that trains. */
export const BACKENDS = {
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
      await import('@tensorflow/tfjs-backend-wasm');
      registerFilterGradient('wasm', filterGradientByMatMul);
      registerMaxPoolGradient();
      return processor();
    },
  },
  webgpu: {
    name: 'webgpu',
    load: async () => {
      const { requestWebGpu } = await import('./webgpu.js');
      const deviceName = await requestWebGpu();
      await import('@tensorflow/tfjs-backend-webgpu');
      return { device: 'gpu', deviceName };
    },
  },
} satisfies Record<EagerKind, Backend>;

/**
 * Loads a backend and starts it.
 * @throws EngineError when it does not start on this machine.
 */
export async function startBackend(kind: EagerKind): Promise<Device> {
  // Production mode keeps tfjs from printing advice on the console.
  tf.enableProdMode();
  const { name, load } = BACKENDS[kind];
  const device = await load();
  const listeners = emscriptenListeners();
  const started = await tf.setBackend(name);
  for (const [event, before] of listeners) restore(event, before);
  if (!started) throw new EngineError(`tfjs' ${kind} backend did not start`, { hint: 'Try --device cpu-js.' });
  return device;
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
