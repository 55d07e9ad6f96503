import { expect, it } from 'vitest';
import { parseCpuInfo, quotaThreads } from '../../../src/engine/native/binding/cpu.js';
import { openEngine } from '../../../src/engine/open.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { pathWithScript } from '../../helpers/tools.js';

const NO_GPU = { ...process.env, PATH: pathWithScript(temporaryFolder(), 'nvidia-smi', 'echo No devices were found') };

it('a GPU that is asked for and not there is an error of exit code 4', async () => {
  await expect(openEngine({ device: 'gpu', env: NO_GPU })).rejects.toMatchObject({
    exitCode: 4,
    message: 'there is no NVIDIA GPU in this machine',
  });
});

it('auto falls back as far as it must, and says why better devices were passed over', async () => {
  const opened = await openEngine({ device: 'auto', env: NO_GPU, cacheDir: temporaryFolder(), offline: true });
  expect(['webgpu', 'wasm']).toContain(opened.device);
  expect(opened.passedOver[0]).toMatchObject({ device: 'gpu', reason: 'there is no NVIDIA GPU in this machine' });
  expect(opened.passedOver[1]).toMatchObject({
    device: 'cpu',
    reason: expect.stringContaining('--offline forbids downloading it'),
    fix: expect.stringContaining('$0 setup --variant cpu'),
  });
});

it('refuses bfloat16 where the engine has none', async () => {
  await expect(openEngine({ device: 'wasm', precision: 'bfloat16', env: NO_GPU })).rejects.toThrow(/float32 only/);
});

it('reads CPU features and a container’s quota', () => {
  const cpu = parseCpuInfo('model name\t: Some CPU\nflags\t\t: fpu avx2 avx512f avx512_bf16 amx_bf16 hypervisor\n');
  expect(cpu).toMatchObject({ model: 'Some CPU', avx2: true, avx512Bf16: true, amxBf16: true, virtual: true });
  expect(parseCpuInfo('Features\t: fp asimd bf16\n')).toMatchObject({ armBf16: true, avx2: false });
  expect([quotaThreads('150000 100000'), quotaThreads('max 100000'), quotaThreads('')]).toEqual([
    2,
    Infinity,
    Infinity,
  ]);
});
