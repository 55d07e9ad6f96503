import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { engineError } from '../../../src/engine/graph/session.js';
import { gpuEnvironment } from '../../../src/engine/native/binding/load.js';
import { chooseGpu } from '../../../src/engine/native/diagnose/visible-gpu.js';
import { openEngine } from '../../../src/engine/open.js';
import { runCli } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { pathWithScript } from '../../helpers/tools.js';

const [FIRST, SECOND, THIRD] = [0, 1, 2].map((index) => ({
  index,
  name: `Card ${index}`,
  memoryMiB: 80_000,
  usedMiB: 0,
  utilization: 0,
  uuid: `GPU-${index}f1c-22`,
  computeCapability: '9.0',
}));
const CARDS = [FIRST, SECOND, THIRD].flatMap((card) => card ?? []);

describe('--device gpu:N', () => {
  it.each([
    [undefined, undefined, '0', 'Card 0'],
    [undefined, 2, '2', 'Card 2'],
    ['2,1', undefined, '2', 'Card 2'],
    ['2,1', 1, '1', 'Card 1'],
    ['GPU-1f1c,0', 0, 'GPU-1f1c', 'Card 1'],
    ['MIG-8f1c,1', 0, 'MIG-8f1c', 'Card 0'],
  ])('with CUDA_VISIBLE_DEVICES=%s, number %s is card %s alone', (visibleDevices, wanted, visible, name) => {
    expect(chooseGpu(CARDS, visibleDevices, wanted)).toMatchObject({ visible, gpu: { name } });
  });

  it.each([
    [undefined, 9],
    ['0,-1,2', 1],
    ['7', undefined],
  ])('with CUDA_VISIBLE_DEVICES=%s there is no number %s', (visibleDevices, wanted) => {
    expect(() => chooseGpu(CARDS, visibleDevices, wanted)).toThrow(/^there is no gpu:\d/);
  });

  const cards = (...rows: string[]) => rows.map((row, i) => `echo "${i}, ${row}"`).join('\n');
  it.each([
    [
      'there is no such GPU',
      cards('Some Card, 80000, 10, 0, 9.0, 570.10', 'Some Card, 80000, 10, 0, 9.0, 570.10'),
      /^error there is no gpu:9: nvidia-smi lists 2, counted from gpu:0\ntry {3}Use --device gpu:0 to gpu:1\.\n$/,
      'gpu:9',
    ],
    [
      'the driver is too old',
      cards('Tesla V100, 16384, 0, 0, 7.0, 470.82.01'),
      /^error the NVIDIA driver 470\.82\.01 is too old for CUDA 12, which needs 525 or newer\ntry {3}sudo ubuntu-drivers install .*\n$/,
    ],
    [
      'TensorFlow has no code for the card',
      cards('Tesla M40, 11448, 0, 0, 5.2, 570.10'),
      /^error the Tesla M40 \(compute capability 5\.2\) is older than TensorFlow serves\ntry {3}Use --device webgpu or --device cpu\.\n$/,
    ],
    [
      'the driver has no card',
      'echo No devices were found',
      /^error there is no NVIDIA GPU in this machine\ntry {3}See what this machine has: \S*fmnist\S* gpu-info\n$/,
    ],
    [
      'the driver does not answer',
      'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver." >&2; exit 9',
      /^error NVIDIA's driver does not answer: NVIDIA-SMI has failed .*\ntry {3}sudo reboot .*\n$/,
    ],
  ])('says in one line that %s, with exit code 4', async (_, nvidiaSmi, message, device = 'gpu') => {
    const LD_LIBRARY_PATH = temporaryFolder();
    writeFileSync(join(LD_LIBRARY_PATH, 'libcuda.so.1'), '');
    const env = { LD_LIBRARY_PATH, PATH: pathWithScript(temporaryFolder(), 'nvidia-smi', nvidiaSmi) };
    const { code, stderr } = await runCli(['train', '--device', device, '--data', 'synthetic'], { env });
    expect(stderr).toMatch(message);
    expect(code).toBe(4);
  });
});

describe('before the libraries are loaded', () => {
  const gpu = { visible: '1', deterministic: true, tf32: false };
  const engine = { source: 'provisioned', folder: '/engine' } as const;

  it('a GPU is told to give the same bytes each time, and float32 in full', () => {
    expect(gpuEnvironment(gpu, engine, {})).toMatchObject({
      CUDA_VISIBLE_DEVICES: '1',
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      TF_DETERMINISTIC_OPS: '1',
      NVIDIA_TF32_OVERRIDE: '0',
      XLA_FLAGS:
        '--xla_gpu_cuda_data_dir="/engine/nvidia/cuda_nvcc" --xla_gpu_deterministic_ops=true --xla_gpu_enable_triton_gemm=false',
    });
  });

  it('or to be fast, and to round products to TF32', () => {
    const fast = gpuEnvironment({ ...gpu, deterministic: false, tf32: true }, engine, { CUDA_VISIBLE_DEVICES: '2,1' });
    expect(fast).toMatchObject({ TF_DETERMINISTIC_OPS: '0' });
    expect(Object.keys(fast)).not.toContain('NVIDIA_TF32_OVERRIDE');
    expect(fast.XLA_FLAGS).toBe('--xla_gpu_cuda_data_dir="/engine/nvidia/cuda_nvcc"');
    expect(Object.keys(fast)).not.toContain('CUDA_DEVICE_ORDER');
  });
});

describe('a step that fails on a GPU, and so in the part on the CPU too,', () => {
  const failed = (reason: string) => {
    const parts = [0, 1].map((i) => `  (${i}) ${reason}\n\t [[{{node Conv2D_7}}]]\n`);
    const message = `Session fail to run with error: 2 root error(s) found.\n${parts.join('')}0 successful operations.`;
    return engineError('a step failed in TensorFlow', new Error(message));
  };

  it('gives its reason', () => {
    expect(failed('NOT_FOUND: No algorithm worked!')).toMatchObject({
      message: 'a step failed in TensorFlow: NOT_FOUND: No algorithm worked!',
      exitCode: 4,
    });
  });

  it('for want of memory ends with exit code 5', () => {
    const tensor =
      'OOM when allocating tensor with shape[20000,65536,28,28] and type float on GPU:0 by allocator GPU_0_bfc';
    expect(failed(`RESOURCE_EXHAUSTED: ${tensor}`)).toMatchObject({ exitCode: 5 });
  });
});

it.each(['cpu', 'wasm'] as const)('--precision tf32 is refused with --device %s', async (device) => {
  await expect(openEngine({ device, precision: 'tf32' })).rejects.toMatchObject({ exitCode: 4 });
});

it('--precision tf32 takes no CPU in place of a GPU that is not there', async () => {
  const env = { ...process.env, PATH: pathWithScript(temporaryFolder(), 'nvidia-smi', 'echo No devices were found') };
  await expect(openEngine({ device: 'auto', precision: 'tf32', env })).rejects.toThrow(/no NVIDIA GPU/);
});
