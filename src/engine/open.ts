import { AbsentDeviceError, EngineError, reasonOf } from '../errors.js';
import {
  AUTO_DEVICES,
  DEVICES,
  type Device,
  type DeviceChoice,
  type Engine,
  type EngineKind,
  gpuNumber,
  type Precision,
} from './engine.js';
import { cpuFeatures } from './native/binding/cpu.js';
import type { NativeOptions, OpenedNative } from './native/binding/open.js';
import { type Notice, precisionNotices } from './precision.js';

export interface OpenEngineOptions extends Omit<NativeOptions, 'env' | 'gpu' | 'precision'> {
  readonly device: DeviceChoice;
  readonly precision?: Precision;
  readonly env?: NodeJS.ProcessEnv;
}

/** A device that `auto` would have liked better. */
export interface PassedOver {
  readonly device: Device;
  readonly reason: string;
  /** Whether this machine has no such thing, so that nothing is amiss. */
  readonly absent: boolean;
  /** What to type or do to have it. */
  readonly fix: string | undefined;
}

export interface OpenedEngine {
  readonly engine: Engine;
  readonly device: Device;
  readonly passedOver: readonly PassedOver[];
  /** What a user should know of this choice, e.g. that another precision is faster. */
  readonly notices: readonly Notice[];
}

/**
 * Opens the engine of a device, setting it up on first use; `auto` takes the best that works and tells why better ones
 * were passed over.
 *
 * @throws EngineError when the named device, or any, is not available
 */
export async function openEngine(options: OpenEngineOptions): Promise<OpenedEngine> {
  const { device, precision = 'float32' } = options;
  const gpu = gpuNumber(device);
  const settings: Settings = { ...options, env: options.env ?? process.env, precision, gpu };
  const passedOver: PassedOver[] = [];
  for (const candidate of candidates(device, precision)) {
    try {
      const engine = await OPENERS[candidate](settings);
      return { engine, device: candidate, passedOver, notices: await precisionNotices(engine.info, precision) };
    } catch (error) {
      if (device !== 'auto' || precision === 'tf32' || !(error instanceof EngineError)) throw error;
      const absent = error instanceof AbsentDeviceError;
      passedOver.push({ device: candidate, reason: reasonOf(error), absent, fix: error.hint });
    }
  }
  throw new EngineError('no engine works on this machine', {
    problems: passedOver.map(({ device: name, reason }) => `${name}: ${reason}`),
    hint: 'See what this machine has, and how to fix what is wrong: $0 gpu-info',
  });
}

/** The devices to try, best first. */
function candidates(device: DeviceChoice, precision: Precision): readonly Device[] {
  if (precision === 'tf32' && device === 'auto') return ['gpu'];
  if (device === 'auto') return AUTO_DEVICES;
  return [DEVICES.find((name) => name === device) ?? 'gpu'];
}

interface Settings extends NativeOptions {
  readonly precision: Precision;
}

const OPENERS = {
  gpu: async (settings) => graph(await (await import('./native/binding/open.js')).openNativeGpu(settings)),
  cpu: async (settings) => {
    refuseTf32('cpu', settings);
    return graph(await (await import('./native/binding/open.js')).openNativeCpu(settings));
  },
  webgpu: async (settings) => {
    // Asked in another process first: without an adapter Dawn writes to our stderr, and a bad driver ends the process.
    const { queryWebGpu, requireAdapters } = await import('./native/diagnose/webgpu.js');
    requireAdapters(await queryWebGpu(settings.env));
    return eager('webgpu', settings);
  },
  wasm: (settings) => eager('wasm', settings),
  'cpu-js': (settings) => eager('cpu-js', settings),
} satisfies Record<Device, (settings: Settings) => Promise<Engine>>;

function refuseTf32(device: Device, { precision }: Settings): void {
  if (precision !== 'tf32') return;
  throw new EngineError(`--precision tf32 is for NVIDIA GPUs, and --device ${device} has none of it`, {
    hint: 'Leave --precision out, or use --device gpu.',
  });
}

async function graph({ binding, info }: OpenedNative): Promise<Engine> {
  const { GraphEngine } = await import('./graph/engine.js');
  return new GraphEngine(binding, info, info.device === 'cpu' && (await cpuFeatures()).amxBf16);
}

async function eager(kind: Exclude<EngineKind, 'native'>, { precision, jitCompile }: Settings): Promise<Engine> {
  if (jitCompile === true) {
    throw new EngineError(`--jit-compile is for native TensorFlow, and --device ${kind} has no XLA`, {
      hint: 'Leave --jit-compile out, or use --device gpu or cpu.',
    });
  }
  if (precision !== 'float32') {
    throw new EngineError(`--device ${kind} trains in float32 only, not in ${precision}`, {
      hint: 'Leave --precision out, or use native TensorFlow (--device cpu or gpu).',
    });
  }
  const { EagerEngine } = await import('./eager/engine.js');
  return EagerEngine.create(kind);
}
