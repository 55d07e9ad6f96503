import { EngineError, reasonOf } from '../../../errors.js';
import { AUTO_DEVICES, type AutoDevice } from '../../engine.js';
import { type EnginePlan, planCpu, planGpu } from '../binding/plan.js';
import type { DiagnosedEngine, Facts } from './diagnose.js';
import { explainLog } from './no-gpu.js';
import { NO_NVIDIA_GPU } from './nvidia.js';
import { requireAdapters } from './webgpu.js';

/** What `--device auto` would do with a device. */
export interface DeviceOutlook {
  readonly device: AutoDevice;
  /** `ready`; `first-use`: is set up when first wanted; `no`. */
  readonly state: 'ready' | 'first-use' | 'no';
  /** What it is, or why it is not. */
  readonly what: string;
  readonly fix: string | undefined;
}

type Outlook = Omit<DeviceOutlook, 'device'>;

interface Asking {
  readonly facts: Facts;
  readonly cacheDir: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

const WASM: Outlook = { state: 'ready', what: 'tfjs in WebAssembly, slow', fix: undefined };

/** For each device the plan that a training carries out, and what is known of the engine in it. */
const OUTLOOKS: Readonly<Record<AutoDevice, (asking: Asking) => Promise<Outlook>>> = {
  gpu: async ({ facts, ...options }) => {
    const plan = await planGpu(options);
    const { name } = plan.on.gpu;
    return native(plan, facts, `the ${name}`, (engine) => {
      if (engine.seesGpu) return undefined;
      const { reason, fix } = explainLog(engine.log, engine);
      return { state: 'no', what: `TensorFlow does not use the ${name}: ${reason}`, fix };
    });
  },
  cpu: async ({ facts, ...options }) => {
    const { model, threads } = facts.cpu;
    return native(await planCpu(options), facts, `${model} (${threads} thread${threads === 1 ? '' : 's'})`);
  },
  webgpu: async ({ facts: { webgpu } }) => {
    const [adapter] = requireAdapters(webgpu);
    return { state: 'ready', what: `tfjs on ${adapter}`, fix: undefined };
  },
  wasm: async () => WASM,
};

/** The devices of `auto` in its order; it takes the first whose state is not `no`. */
export async function deviceOutlooks(asking: Asking): Promise<DeviceOutlook[]> {
  return Promise.all(
    AUTO_DEVICES.map(async (device): Promise<DeviceOutlook> => {
      try {
        return { device, ...(await OUTLOOKS[device](asking)) };
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        const what = reasonOf(error);
        return { device, state: 'no', what, fix: what === NO_NVIDIA_GPU ? hostGpu(asking.facts) : error.hint };
      }
    }),
  );
}

/** There may be a GPU outside. */
function hostGpu({ container }: Facts): string | undefined {
  return container ? 'If the host has one: docker run --gpus all …' : undefined;
}

export function autoDevice(devices: readonly DeviceOutlook[]): DeviceOutlook {
  return devices.find(({ state }) => state !== 'no') ?? { device: 'wasm', ...WASM };
}

/** @param lacking what an engine that loads still cannot do */
function native(
  plan: EnginePlan,
  { engines }: Facts,
  on: string,
  lacking: (engine: DiagnosedEngine) => Outlook | undefined = () => undefined,
): Outlook {
  if ('setUp' in plan) {
    const fix = `$0 setup${plan.setUp === 'gpu' ? ' --variant gpu' : ''}`;
    return { state: 'first-use', what: `TensorFlow on ${on}, set up on first use`, fix };
  }
  const known = engines.find(({ binding }) => binding === plan.engine.binding);
  if (known?.state === 'broken') {
    return { state: 'no', what: `its engine is broken: ${known.reason}`, fix: '$0 setup --force' };
  }
  const lack = known === undefined ? undefined : lacking(known);
  return lack ?? { state: 'ready', what: `TensorFlow ${plan.engine.tensorflow} on ${on}`, fix: undefined };
}
