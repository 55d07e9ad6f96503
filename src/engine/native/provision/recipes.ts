import { EngineError } from '../../../errors.js';

export const VARIANTS = ['cpu', 'gpu'] as const;
export type Variant = (typeof VARIANTS)[number];

/** A Python wheel pinned by its hash, and what of it is kept. */
export interface Wheel {
  /** As pip names it, e.g. `tensorflow-cpu==2.21.0`. */
  readonly requirement: string;
  readonly sha256: string;
  readonly bytes: number;
  /** The wheel's platform tag. */
  readonly tag: string;
  readonly keep: RegExp;
}

/** What an engine is made of. */
export interface Recipe {
  readonly variant: Variant;
  readonly tensorflow: string;
  readonly wheels: readonly Wheel[];
  /** Libraries that are opened and never called: empty ones are made in their places, by their paths. */
  readonly standIns: readonly string[];
  /** Disk taken by the finished engine. */
  readonly unpackedBytes: number;
}

/** The machine, as far as it decides which engine runs on it. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** musl systems (Alpine) cannot load TensorFlow's libraries. */
  readonly libc: 'glibc' | 'musl' | undefined;
}

const TENSORFLOW = '2.21.0';
/** The C API is in these two libraries and headers; the Python half stays out. */
const C_API =
  /^tensorflow\/(libtensorflow_(cc|framework)\.so\.2|include\/(tensorflow\/(c|core\/platform)|tsl\/platform|xla\/tsl\/c)\/.*\.h)$/;
const LIBRARIES = /^nvidia\/\w+\/lib\/lib[\w.-]+\.so[\w.]*$/;

function nvidia(name: string, version: string, bytes: number, sha256: string, tag: string, keep = LIBRARIES): Wheel {
  return { requirement: `nvidia-${name}-cu12==${version}`, sha256, bytes, tag, keep };
}

const CPU_X64: Recipe = {
  variant: 'cpu',
  tensorflow: TENSORFLOW,
  standIns: [],
  unpackedBytes: 860e6,
  wheels: [
    {
      requirement: `tensorflow-cpu==${TENSORFLOW}`,
      sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
      bytes: 273_829_956,
      tag: 'manylinux_2_27_x86_64',
      keep: C_API,
    },
  ],
};

const CPU_ARM64: Recipe = {
  variant: 'cpu',
  tensorflow: TENSORFLOW,
  standIns: [],
  unpackedBytes: 900e6,
  wheels: [
    {
      requirement: `tensorflow==${TENSORFLOW}`,
      sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
      bytes: 281_828_020,
      tag: 'manylinux_2_27_aarch64',
      keep: C_API,
    },
  ],
};

/**
 * TensorFlow's `and-cuda` extra, laid out as pip would: the libraries find one another by `$ORIGIN/../nvidia/x/lib`. It sees
 * no GPU unless it can open all of them, but the graphs of a training call none of Fourier transforms, random numbers, solvers,
 * sparse matrices and talk between GPUs: 1.3 GB that need not come.
 */
const GPU_X64: Recipe = {
  variant: 'gpu',
  tensorflow: TENSORFLOW,
  standIns: [
    'nvidia/cufft/lib/libcufft.so.11',
    'nvidia/curand/lib/libcurand.so.10',
    'nvidia/cusolver/lib/libcusolver.so.11',
    'nvidia/cusparse/lib/libcusparse.so.12',
    'nvidia/nccl/lib/libnccl.so.2',
  ],
  unpackedBytes: 3.7e9,
  wheels: [
    {
      requirement: `tensorflow==${TENSORFLOW}`,
      sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
      bytes: 572_440_367,
      tag: 'manylinux_2_27_x86_64',
      keep: C_API,
    },
    nvidia(
      'cublas',
      '12.9.3.13',
      581_217_458,
      'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
      'manylinux_2_27_x86_64',
    ),
    nvidia(
      'cuda-cupti',
      '12.8.90',
      10_248_621,
      'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
      'manylinux2014_x86_64',
    ),
    nvidia(
      'cuda-nvcc',
      '12.9.86',
      40_546_229,
      '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
      'manylinux2010_x86_64',
      /^nvidia\/cuda_nvcc\/(bin\/ptxas|nvvm\/libdevice\/.*)$/,
    ),
    nvidia(
      'cuda-nvrtc',
      '12.9.86',
      89_568_129,
      '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
      'manylinux2010_x86_64',
    ),
    nvidia(
      'cuda-runtime',
      '12.9.79',
      3_493_179,
      '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
      'manylinux2014_x86_64',
    ),
    nvidia(
      'cudnn',
      '9.28.0.42',
      716_538_495,
      '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
      'manylinux_2_27_x86_64',
    ),
    nvidia(
      'nvjitlink',
      '12.9.86',
      39_748_338,
      'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
      'manylinux2010_x86_64',
    ),
  ],
};

/** And with the libraries that nothing of ours calls. */
const FULL_GPU_X64: Recipe = {
  ...GPU_X64,
  standIns: [],
  unpackedBytes: 5.2e9,
  wheels: [
    ...GPU_X64.wheels,
    nvidia(
      'cufft',
      '11.4.1.4',
      200_877_592,
      'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
      'manylinux2014_x86_64',
    ),
    nvidia(
      'curand',
      '10.3.10.19',
      68_295_626,
      '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
      'manylinux_2_27_x86_64',
    ),
    nvidia(
      'cusolver',
      '11.7.5.82',
      338_117_415,
      '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
      'manylinux_2_27_x86_64',
    ),
    nvidia(
      'cusparse',
      '12.5.10.65',
      366_465_088,
      '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
      'manylinux2014_x86_64',
    ),
    nvidia(
      'nccl',
      '2.32.3',
      351_526_311,
      'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
      'manylinux_2_27_x86_64',
    ),
  ],
};

const RECIPES: Readonly<Record<string, Partial<Record<Variant | 'gpu-full', Recipe>>>> = {
  'linux-x64': { cpu: CPU_X64, gpu: GPU_X64, 'gpu-full': FULL_GPU_X64 },
  'linux-arm64': { cpu: CPU_ARM64 },
};

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  return { platform: process.platform, arch: process.arch, libc: libc() };
}

function libc(): Machine['libc'] {
  if (process.platform !== 'linux') return undefined;
  // Without this the report looks up the machine's network addresses, which can take seconds.
  Object.assign(process.report ?? {}, { excludeNetwork: true });
  const report: { header?: { glibcVersionRuntime?: string } } = process.report?.getReport() ?? {};
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * What to provision on a machine; `full` for the GPU engine with every library of CUDA's.
 * @throws EngineError where TensorFlow publishes no libraries that would run
 */
export function recipeFor(variant: Variant, machine: Machine, full = false): Recipe {
  const where = `${machine.platform} ${machine.arch}`;
  if (machine.libc === 'musl') {
    throw new EngineError('native TensorFlow needs glibc, and this system has musl (Alpine?)', {
      hint: 'Use a glibc image such as node:22-bookworm, or --device wasm.',
    });
  }
  const recipes = RECIPES[`${machine.platform}-${machine.arch}`];
  if (recipes === undefined) {
    throw new EngineError(`there is no native TensorFlow for ${where}: Linux on x64 and arm64 have one`, {
      hint: 'Use --device webgpu or --device wasm here.',
    });
  }
  const recipe = (full && variant === 'gpu' ? recipes['gpu-full'] : undefined) ?? recipes[variant];
  if (recipe === undefined) {
    throw new EngineError(`there is no ${variant.toUpperCase()} build of native TensorFlow for ${where}`, {
      hint: 'Use --device cpu here.',
    });
  }
  return recipe;
}

export function downloadBytes(recipe: Recipe): number {
  return recipe.wheels.reduce((sum, { bytes }) => sum + bytes, 0);
}
