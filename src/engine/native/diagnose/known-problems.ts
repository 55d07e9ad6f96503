import type { Facts } from './diagnose.js';
import { type NvidiaGpu, OLDEST_DRIVER } from './nvidia.js';

/** A problem of this machine, and how to solve it. */
export interface Finding {
  readonly id: string;
  readonly message: string;
  /** A command where there is one, else what to do. */
  readonly fix: string;
}

/** `Known`: the facts that it takes to recognise it. */
interface KnownProblem<Known = Facts> {
  readonly id: string;
  /** The message where it applies to these facts. */
  readonly find: (facts: Known) => string | undefined;
  readonly fix: string;
}

/** What can be asked before any engine is looked at. */
type DriverFacts = Pick<Facts, 'nvidia' | 'visibleDevices' | 'driverLibrary'>;

/** The stock package's TensorFlow 2.9 was built with CUDA 11.2: code for cards up to Ampere. */
const NEWEST_FOR_STOCK = 8.6;
/** The oldest generation that TensorFlow 2.21 has code for. */
const OLDEST_CAPABILITY = 6.0;

const gpusOf = ({ nvidia }: Pick<Facts, 'nvidia'>): readonly NvidiaGpu[] => (nvidia.status === 'ok' ? nvidia.gpus : []);
const engineOf = ({ engines }: Facts, source: 'provisioned' | 'official', variant: 'cpu' | 'gpu') =>
  engines.find((engine) => engine.source === source && engine.variant === variant);

const NO_DRIVER: KnownProblem<DriverFacts> = {
  id: 'no-driver',
  find: ({ nvidia }) =>
    nvidia.status === 'no-driver' ? `there is an NVIDIA card (PCI ${nvidia.card}), and no driver for it` : undefined,
  fix: 'sudo ubuntu-drivers install (Debian: sudo apt-get install nvidia-driver), then reboot',
};

const DRIVER_BROKEN: KnownProblem<DriverFacts> = {
  id: 'driver-broken',
  find: ({ nvidia }) => (nvidia.status === 'broken' ? `NVIDIA's driver does not answer: ${nvidia.reason}` : undefined),
  fix: 'sudo reboot (a driver or kernel update often wants one), then: nvidia-smi',
};

const HIDDEN: KnownProblem<DriverFacts> = {
  id: 'hidden',
  find: (facts) =>
    gpusOf(facts).length > 0 && /^\s*(-.*)?$/.test(facts.visibleDevices ?? '0')
      ? `the GPUs are hidden by CUDA_VISIBLE_DEVICES="${facts.visibleDevices}"`
      : undefined,
  fix: 'unset CUDA_VISIBLE_DEVICES',
};

const DRIVER_LIBRARY_MISSING: KnownProblem<DriverFacts> = {
  id: 'driver-library',
  find: (facts) =>
    gpusOf(facts).length > 0 && !facts.driverLibrary
      ? "nvidia-smi answers, but the driver's library libcuda.so.1 is not found"
      : undefined,
  fix: 'In a container: docker run --gpus all …; else: sudo apt-get install libcuda1, or reinstall the driver',
};

const DRIVER_OLD: KnownProblem<DriverFacts> = {
  id: 'driver-old',
  find: ({ nvidia }) =>
    nvidia.status === 'ok' && Number.parseInt(nvidia.driver, 10) < OLDEST_DRIVER
      ? `the NVIDIA driver ${nvidia.driver} is too old for CUDA 12, which needs ${OLDEST_DRIVER} or newer`
      : undefined,
  fix: 'sudo ubuntu-drivers install (or NVIDIA’s installer), then reboot',
};

const GPU_OLD: KnownProblem<DriverFacts> = {
  id: 'gpu-old',
  find: (facts) => {
    const old = gpusOf(facts).find(({ computeCapability: c }) => c !== undefined && Number(c) < OLDEST_CAPABILITY);
    return old && `the ${old.name} (compute capability ${old.computeCapability}) is older than TensorFlow serves`;
  },
  fix: 'Use --device webgpu or --device cpu.',
};

/** Problems that users have had, the most fundamental first. */
const KNOWN_PROBLEMS: readonly KnownProblem[] = [
  {
    id: 'musl',
    find: ({ machine }) =>
      machine.libc === 'musl' ? 'this system has musl (Alpine?), and TensorFlow needs glibc' : undefined,
    fix: 'Use a glibc image such as node:22-bookworm; --device wasm works here.',
  },
  {
    id: 'no-avx',
    find: ({ cpu, machine }) =>
      machine.arch === 'x64' && machine.platform === 'linux' && !cpu.avx2
        ? `${cpu.model} has no AVX2, which TensorFlow's code is built for`
        : undefined,
    fix: 'In a virtual machine, give it the CPU model "host"; else use --device wasm.',
  },
  NO_DRIVER,
  DRIVER_BROKEN,
  DRIVER_LIBRARY_MISSING,
  DRIVER_OLD,
  HIDDEN,
  GPU_OLD,
  {
    id: 'gpu-engine-absent',
    find: (facts) =>
      gpusOf(facts).length > 0 && engineOf(facts, 'provisioned', 'gpu')?.state === 'absent'
        ? 'the GPU engine is not set up'
        : undefined,
    fix: '$0 setup --variant gpu',
  },
  {
    id: 'engine-damaged',
    find: (facts) => {
      const damaged = facts.engines.find(({ source, state }) => source === 'provisioned' && state === 'broken');
      return damaged && `the ${damaged.variant.toUpperCase()} engine of fmnist is broken: ${damaged.reason}`;
    },
    fix: '$0 setup --force',
  },
  {
    id: 'cuda-libraries',
    find: (facts) => {
      const missing = engineOf(facts, 'provisioned', 'gpu')?.missingLibraries ?? [];
      return missing.length > 0 ? `the GPU engine misses CUDA libraries: ${missing.join(', ')}` : undefined;
    },
    fix: '$0 setup --variant gpu --force',
  },
  {
    id: 'stock-download-failed',
    find: ({ packages }) => {
      const failed = packages.find(({ binding }) => binding === undefined);
      return failed && `${failed.name} is installed, but its download of libtensorflow failed`;
    },
    fix: '$0 setup',
  },
  {
    id: 'stock-cuda-11',
    find: (facts) => {
      const missing = engineOf(facts, 'official', 'gpu')?.missingLibraries ?? [];
      return gpusOf(facts).length > 0 && missing.length > 0
        ? `the stock @tensorflow/tfjs-node-gpu wants CUDA 11.2 and cuDNN 8, and misses ${missing.join(', ')}`
        : undefined;
    },
    fix: '$0 setup --variant gpu',
  },
  {
    id: 'stock-gpu-new',
    find: (facts) => {
      const gpu = gpusOf(facts).find(({ computeCapability: c }) => c !== undefined && Number(c) > NEWEST_FOR_STOCK);
      return gpu && engineOf(facts, 'official', 'gpu')
        ? `the ${gpu.name} is newer than the stock @tensorflow/tfjs-node-gpu (CUDA 11.2) knows`
        : undefined;
    },
    fix: '$0 setup --variant gpu',
  },
  {
    id: 'stock-node-23',
    find: ({ node, packages }) =>
      packages.length > 0 && Number.parseInt(node, 10) >= 23
        ? `the JavaScript of ${packages[0]?.name} breaks on Node ${node} (util.isNullOrUndefined is gone); fmnist uses only its binding`
        : undefined,
    fix: 'Nothing to do for fmnist; for your own code with it: nvm install 22',
  },
];

/** The known problems that this machine has. */
export function findProblems(facts: Facts): Finding[] {
  return findingsOf(KNOWN_PROBLEMS, facts);
}

/** What keeps NVIDIA's GPUs from being used whatever engine there is; undefined where nothing does. */
export function gpuProblem(facts: DriverFacts): Finding | undefined {
  return findingsOf([NO_DRIVER, DRIVER_BROKEN, DRIVER_LIBRARY_MISSING, DRIVER_OLD, HIDDEN, GPU_OLD], facts)[0];
}

function findingsOf<Known>(problems: readonly KnownProblem<Known>[], facts: Known): Finding[] {
  return problems.flatMap(({ id, find, fix }) => {
    const message = find(facts);
    return message === undefined ? [] : [{ id, message, fix }];
  });
}
