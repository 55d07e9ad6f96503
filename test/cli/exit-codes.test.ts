import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { FMNIST } from '../helpers/installed.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

// 2 is in usage.test.ts; 6, 7, 130 and 143 need a run and are in train.test.ts.

beforeAll(nativeBinding);

const cwd = temporaryFolder();

/** The error line of an expected failure, which has no stack. */
function errorLine(stderr: string): string {
  expect(stderr).not.toMatch(/^ +at /m);
  return stderr.split('\n').find((line) => line.startsWith('error ')) ?? '';
}

it('0 when it is done', async () => {
  expect((await runCli(['summary'], { cwd })).code).toBe(0);
});

it('1 when the output cannot be written: here a stdout that is full', async () => {
  const bin = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
  for (const words of ['summary', 'runs --json', '--help', '--version']) {
    const script = `${process.execPath} ${bin} ${words} > /dev/full; echo "exit $?"`;
    const output = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', script], { cwd }, (_error, stdout, stderr) => resolve(stderr + stdout));
    });
    expect(errorLine(output)).toBe('error stdout cannot be written (ENOSPC)');
    expect(output).toMatch(/exit 1\n$/);
  }
});

it('1 on a Node that is too old, naming those that are not', async () => {
  for (const version of ['18.20.8', '20.18.3', '22.11.0', '23.11.0']) {
    const older = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
    const { code, stdout, stderr } = await runCli(['summary'], {
      cwd,
      node: [`--import=data:text/javascript,${older}`],
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`error fmnist needs Node 20.19, 22.12, or 24 and later; this is Node ${version}\n`);
  }
});

it('3 for data that cannot be trusted: here weights that are no safetensors file', async () => {
  writeFileSync(
    join(cwd, 'noise.safetensors'),
    Uint8Array.from({ length: 100 }, (_, i) => (i * 91) % 256),
  );
  const { code, stderr } = await runCli(['train', '--weights', 'noise.safetensors', '--data', 'synthetic'], { cwd });
  expect(code).toBe(3);
  expect(errorLine(stderr)).toContain('noise.safetensors');
});

// A step takes 0.1 s and more: the end is minutes away.
const LONG = ['-m', 'vgg19', '--steps', '10000', '--device', 'cpu'];

it('130 when Ctrl-C stops a range test in its middle', async () => {
  const terminal = new Terminal(process.execPath, [FMNIST, 'find-lr', ...LONG], { columns: 80, rows: 10, cwd });
  await terminal.until((screen) => /^find-lr .*loss/m.test(screen));
  terminal.type('\u0003');
  expect((await terminal.finished()).exitCode).toBe(130);
  expect(terminal.screen.join('\n')).toContain('error the range test was stopped');
});

it('130 when Ctrl-C stops a benchmark in its middle', async () => {
  const within = ['bash', '-mc', '"$@" & sleep 5; kill -INT $!; wait $!', 'bash'];
  const { code, stdout } = await runCli(['bench', ...LONG], { cwd, within });
  expect([code, stdout]).toEqual([130, '']);
});

it('4 when the device is not available: here a GPU that is hidden, or that is not there', async () => {
  const env = { CUDA_VISIBLE_DEVICES: '' };
  const { code, stderr } = await runCli(['train', '--device', 'gpu', '--data', 'synthetic'], { cwd, env });
  expect(code).toBe(4);
  expect(errorLine(stderr)).toContain('GPU');
});

it('4 where WebGPU finds no adapter, without a word of its library', async () => {
  const env = {
    VK_ICD_FILENAMES: '/nowhere.json',
    VK_DRIVER_FILES: '/nowhere.json',
    VK_LOADER_LAYERS_DISABLE: '~all~',
  };
  const { code, stderr } = await runCli(['train', '--device', 'webgpu', '--data', 'synthetic'], { cwd, env });
  expect(code).toBe(4);
  expect(stderr).toMatch(/^error WebGPU cannot be used: .*no graphics adapter.*\ntry {3}\S.*\n$/);
});

it('5 when a step cannot fit into memory, saying what to lower', async () => {
  const wide = [
    { type: 'conv2d', filters: 65536, kernelSize: 1 },
    { type: 'globalMaxPooling2d' },
    { type: 'dense', units: 10, activation: 'softmax' },
  ];
  writeFileSync(join(cwd, 'wide.json'), JSON.stringify({ layers: wide, training: { batchSize: 60000 } }));
  const flags = ['train', '--model', 'wide.json', '--device', 'cpu', '--data', 'synthetic', '--augment', '60000'];
  const { code, stderr } = await runCli(flags, { cwd });
  expect(code).toBe(5);
  expect(errorLine(stderr)).toMatch(/a training step of 60000 images needs more than [\d.]+ GB/);
  expect(stderr).toContain('--batch-size');
});
