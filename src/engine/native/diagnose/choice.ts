import { AUTO_DEVICES, type AutoDevice } from '../../engine.js';
import type { Facts } from './diagnose.js';
import type { Finding } from './known-problems.js';
import { explainLog } from './no-gpu.js';
import { NO_NVIDIA_GPU } from './nvidia.js';
import { webGpuFix } from './webgpu.js';

/** What `--device auto` would do with a device. */
export interface DeviceOutlook {
  readonly device: AutoDevice;
  /** `ready`; `first-use`: is set up when first wanted; `no`. */
  readonly state: 'ready' | 'first-use' | 'no';
  /** What it is, or why it is not. */
  readonly what: string;
  readonly fix: string | undefined;
}

/** What stands between a GPU and its use. */
const GPU_STOPPERS = [
  'no-driver',
  'driver-broken',
  'driver-library',
  'driver-old',
  'hidden',
  'gpu-old',
  'cuda-libraries',
];

/** The devices of `auto` in its order; it takes the first whose state is not `no`. */
export function deviceOutlooks(facts: Facts, findings: readonly Finding[]): DeviceOutlook[] {
  const outlooks = {
    gpu: gpu(facts, findings),
    cpu: cpu(facts),
    webgpu: webgpu(facts),
    wasm: { ...WASM },
  } satisfies Record<AutoDevice, DeviceOutlook>;
  return AUTO_DEVICES.map((device) => outlooks[device]);
}

export function autoDevice(devices: readonly DeviceOutlook[]): DeviceOutlook {
  return devices.find(({ state }) => state !== 'no') ?? WASM;
}

const WASM: DeviceOutlook = { device: 'wasm', state: 'ready', what: 'tfjs in WebAssembly, slow', fix: undefined };

function gpu({ nvidia, engines, container }: Facts, findings: readonly Finding[]): DeviceOutlook {
  const no = { device: 'gpu', state: 'no' } as const;
  const stopper = findings.find(({ id }) => GPU_STOPPERS.includes(id));
  if (stopper !== undefined) return { ...no, what: stopper.message, fix: stopper.fix };
  if (nvidia.status !== 'ok') {
    const fix = container ? 'If the host has one: docker run --gpus all …' : undefined;
    return { ...no, what: NO_NVIDIA_GPU, fix };
  }
  const name = nvidia.gpus[0]?.name ?? 'NVIDIA GPU';
  const sees = engines.find(({ state, seesGpu }) => state === 'ready' && seesGpu);
  if (sees !== undefined) {
    return { device: 'gpu', state: 'ready', what: `TensorFlow ${sees.tensorflow} on the ${name}`, fix: undefined };
  }
  const own = engines.find(({ source, variant }) => source === 'provisioned' && variant === 'gpu');
  if (own?.state === 'absent') {
    return {
      device: 'gpu',
      state: 'first-use',
      what: `TensorFlow on the ${name}, set up on first use`,
      fix: '$0 setup --variant gpu',
    };
  }
  if (own?.state === 'ready') {
    const { reason, fix } = explainLog(own.log, own);
    return { ...no, what: `TensorFlow does not use the ${name}: ${reason}`, fix };
  }
  return { ...no, what: own?.reason ?? 'there is no GPU engine', fix: '$0 setup --variant gpu --force' };
}

function cpu({ engines, cpu: { model, threads } }: Facts): DeviceOutlook {
  const on = `on ${model} (${threads} thread${threads === 1 ? '' : 's'})`;
  const ready =
    engines.find(({ state, variant }) => state === 'ready' && variant === 'cpu') ??
    engines.find(({ state }) => state === 'ready');
  if (ready !== undefined) {
    return { device: 'cpu', state: 'ready', what: `TensorFlow ${ready.tensorflow} ${on}`, fix: undefined };
  }
  const own = engines.find(({ source, variant }) => source === 'provisioned' && variant === 'cpu');
  if (own === undefined || own.state === 'impossible') {
    return { device: 'cpu', state: 'no', what: own?.reason ?? 'there is no CPU engine', fix: undefined };
  }
  if (own.state === 'broken') {
    return { device: 'cpu', state: 'no', what: `the CPU engine is broken: ${own.reason}`, fix: '$0 setup --force' };
  }
  return { device: 'cpu', state: 'first-use', what: `TensorFlow ${on}, set up on first use`, fix: '$0 setup' };
}

function webgpu({ webgpu: state }: Facts): DeviceOutlook {
  if (state.works) {
    return { device: 'webgpu', state: 'ready', what: `tfjs on ${state.adapters[0]}`, fix: undefined };
  }
  return { device: 'webgpu', state: 'no', what: state.reason, fix: webGpuFix(state.reason) };
}
