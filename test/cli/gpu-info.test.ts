import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { engineFolder } from '../../src/engine/native/binding/engines.js';
import { explainLog } from '../../src/engine/native/diagnose/no-gpu.js';
import { queryNvidia } from '../../src/engine/native/diagnose/nvidia.js';
import { recipeFor, thisMachine } from '../../src/engine/native/provision/recipes.js';
import { runCli } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { hasTool, pathWithout, pathWithScript } from '../helpers/tools.js';

/** Answers as the real one does, on a machine with an H100. */
const H100 = `case "$1" in
--query-gpu=*) echo "0, NVIDIA H100 80GB HBM3, 81559, 1024, 37, 9.0, 550.54.15" ;;
*) echo "| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4     |" ;;
esac`;

/** `fmnist gpu-info --json` in an empty cache, with a fake nvidia-smi. */
async function infoWith(script: string, env: Record<string, string> = {}) {
  const PATH = pathWithScript(temporaryFolder(), 'nvidia-smi', script);
  const result = await runCli(['gpu-info', '--json'], { env: { XDG_CACHE_HOME: temporaryFolder(), PATH, ...env } });
  expect(result.stderr).toBe('');
  expect(result.code).toBe(0);
  return JSON.parse(result.stdout);
}

function withDriverLibrary(): Record<string, string> {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'libcuda.so.1'), '');
  return { LD_LIBRARY_PATH: folder };
}

/** A cache whose GPU engine has lost its cuDNN. */
function cacheWithoutCudnn(): string {
  const cache = temporaryFolder();
  const recipe = recipeFor('gpu', thisMachine());
  const folder = engineFolder(path.join(cache, 'fmnist', 'engines'), recipe);
  const libraries = [
    'cudart.so.12',
    'cublas.so.12',
    'cublasLt.so.12',
    'cufft.so.11',
    'cusolver.so.11',
    'cusparse.so.12',
  ];
  mkdirSync(path.join(folder, 'nvidia', 'all', 'lib'), { recursive: true });
  for (const name of [...libraries, 'nccl.so.2'])
    writeFileSync(path.join(folder, 'nvidia', 'all', 'lib', `lib${name}`), '');
  const { tensorflow, variant } = recipe;
  const files = { 'nvidia/all/lib/libcudnn.so.9': 137_432 };
  writeFileSync(
    path.join(folder, 'engine.json'),
    JSON.stringify({ format: 1, tensorflow, variant, compiler: 'g++', files }),
  );
  return cache;
}

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('fmnist gpu-info', () => {
  it.skipIf(hasTool(/^nvidia-smi$/))('says on a machine without a GPU what is used instead', async () => {
    const { stdout, code } = await runCli(['gpu-info'], { env: { NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^--device auto uses cpu$/m);
    expect(stdout).toMatch(/✘ gpu +there is no NVIDIA GPU in this machine/);
    expect(stdout).toMatch(/CPU +\S.*, \d+ threads/);
    expect(stdout).toMatch(new RegExp(`Node +${process.versions.node.replaceAll('.', '\\.')}`));
  });

  it.skipIf(hasTool(/^nvidia-smi$/))('is a gate under --require-gpu', async () => {
    const { stderr, code } = await runCli(['gpu-info', '--require-gpu', '--json']);
    expect(code).toBe(4);
    expect(stderr).toContain('no GPU is ready: there is no NVIDIA GPU in this machine');
  });

  it('reads GPUs, driver and memory', async () => {
    const { nvidia } = await infoWith(H100);
    expect(nvidia).toEqual({
      status: 'ok',
      driver: '550.54.15',
      cuda: '12.4',
      gpus: [
        {
          index: 0,
          name: 'NVIDIA H100 80GB HBM3',
          memoryMiB: 81559,
          usedMiB: 1024,
          utilization: 37,
          computeCapability: '9.0',
        },
      ],
    });
  });

  it('would set up the GPU engine on first use where driver and card are fine', async () => {
    const { uses, devices, findings } = await infoWith(H100, withDriverLibrary());
    expect(uses).toBe('gpu');
    expect(devices[0]).toMatchObject({ device: 'gpu', state: 'first-use', fix: 'fmnist setup --variant gpu' });
    expect(findings.map(({ id }: { id: string }) => id)).toEqual(['gpu-engine-absent']);
  });

  it('tells a missing CUDA library …', async () => {
    const { devices, findings } = await infoWith(H100, {
      ...withDriverLibrary(),
      XDG_CACHE_HOME: cacheWithoutCudnn(),
    });
    expect(findings).toContainEqual({
      id: 'cuda-libraries',
      message: 'the GPU engine misses CUDA libraries: libcudnn.so.9',
      fix: 'fmnist setup --variant gpu --force',
    });
    // As a training does: a damaged engine is built again.
    expect(devices[0].state).not.toBe('ready');
  });

  it('… from a missing driver', async () => {
    const { devices, findings } = await infoWith(H100, { LD_LIBRARY_PATH: '' });
    expect(findings.map(({ id }: { id: string }) => id)).toContain('driver-library');
    expect(devices[0].what).toContain('libcuda.so.1 is not found');

    const dead = await infoWith(
      'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver." ; exit 9',
    );
    expect(dead.findings[0]).toMatchObject({
      id: 'driver-broken',
      message: expect.stringContaining('communicate with'),
    });
  });

  it('knows an old driver, an old card and hidden GPUs', async () => {
    const old = await infoWith(H100.replaceAll('550.54.15', '470.82.01').replace('9.0', '3.7'), {
      ...withDriverLibrary(),
      CUDA_VISIBLE_DEVICES: '-1',
    });
    const ids = old.findings.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining(['driver-old', 'gpu-old', 'hidden']));
    for (const { fix } of old.findings) expect(fix).not.toBe('');
  });
});

it.each([
  ['pip', /^(pip|python)/],
  ['a compiler', /(g|c|clang)\+\+/],
  ['both', /^(pip|python)|(g|c|clang)\+\+/],
])('what gpu-info says of --device auto is what train does: without %s', async (_, missing) => {
  const cwd = temporaryFolder();
  const env = { PATH: pathWithout(missing), CXX: '', XDG_CACHE_HOME: path.join(cwd, 'cache') };
  const layers = [{ type: 'flatten' }, { type: 'dense', activation: 'softmax' }];
  writeFileSync(path.join(cwd, 'net.json'), JSON.stringify({ layers }));
  const { uses, devices } = JSON.parse((await runCli(['gpu-info', '--json'], { cwd, env })).stdout);
  const flags = ['--config', 'net.json', '--data', 'synthetic', '--limit', '64', '--epochs', '1', '--json'];
  const { code, stdout } = await runCli(['train', ...flags], { cwd, env });
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([code, events.find(({ event }) => event === 'run_start').engine.kind]).toEqual([0, uses]);
  const passedOver = devices.slice(
    0,
    devices.findIndex(({ device }: { device: string }) => device === uses),
  );
  const told = passedOver.filter(
    ({ what }: { what: string }) => !/no NVIDIA GPU|no graphics adapter|not installed/.test(what),
  );
  expect(told.map(({ device }: { device: string }) => device)).toContain('cpu');
  expect(events.filter(({ event }) => event === 'warning')).toEqual(
    told.map(({ device, what, fix }: Record<string, string>) =>
      expect.objectContaining({ message: `training on ${uses}, not on ${device}: ${what}`, hint: fix }),
    ),
  );
});

it('a card on the bus that nothing drives is a missing driver', async () => {
  const bus = temporaryFolder();
  mkdirSync(path.join(bus, '0000:01:00.0'));
  writeFileSync(path.join(bus, '0000:01:00.0', 'vendor'), '0x10de\n');
  writeFileSync(path.join(bus, '0000:01:00.0', 'class'), '0x030200\n');
  const answer = await queryNvidia({ PATH: temporaryFolder() }, bus);
  expect(answer).toEqual({ status: 'no-driver', card: '0000:01:00.0' });
});

it.each([
  ['failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)', /libcuda\.so\.1/],
  ["Could not load dynamic library 'libcudart.so.11.0'; dlerror: …", /libcudart\.so\.11\.0 is missing/],
  ['failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected', /finds no device/],
  ['Cannot dlopen some GPU libraries. Please make sure …', /CUDA libraries do not load/],
])('reads in TensorFlow’s log why it uses no GPU: %s', (log, reason) => {
  expect(explainLog(log, { variant: 'gpu' }).reason).toMatch(reason);
});
