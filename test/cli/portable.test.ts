import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { swiftShaderEnvironment } from '../helpers/swiftshader.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const OUTPUT = { type: 'dense', units: 10, activation: 'softmax' };

const THREE_LAYERS = {
  name: 'three',
  layers: [{ type: 'conv2d', filters: 4, kernelSize: 4, strides: 4, activation: 'relu' }, { type: 'flatten' }, OUTPUT],
  // Few steps must do: the engines are slow.
  optimizer: { type: 'adam', learningRate: 0.02 },
};

const DEVICES: [string, Record<string, string>][] = [
  ['wasm', {}],
  ['webgpu', swiftShaderEnvironment()],
];

it.each(DEVICES)(
  'a three-layer network trains with --device %s on real images',
  async (device, env) => {
    const folder = temporaryFolder();
    const config = path.join(folder, 'three.json');
    writeFileSync(config, JSON.stringify(THREE_LAYERS));
    const flags = ['--device', device, '--limit', '512', '--epochs', '2', '--json', '--runs-dir', folder];
    const { code, stdout } = await runCli(['train', '--config', config, ...flags], { env });
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const first = events.find(({ event }) => event === 'run_start');
    const last = events.find(({ event }) => event === 'run_end');
    expect(first.engine.kind).toBe(device);
    expect(last.testAccuracy).toBeGreaterThan(0.5);
  },
  300_000,
);

it.each(DEVICES)(
  'a batch that does not fit into the memory of --device %s ends the run with exit code 5, not with wrong numbers',
  async (device, env) => {
    const folder = temporaryFolder();
    const config = path.join(folder, 'wide.json');
    const layers = [{ type: 'conv2d', filters: 1024, kernelSize: 1 }, { type: 'globalAveragePooling2d' }, OUTPUT];
    writeFileSync(config, JSON.stringify({ name: 'wide', layers }));
    const flags = ['--batch-size', '1400', '--limit', '1400', '--validation', 'none', '--epochs', '1'];
    const { code, stderr } = await runCli(
      ['train', '--config', config, '--device', device, ...flags, '--runs-dir', folder],
      { env },
    );
    expect(stderr).toMatch(/memory.*\n.*Lower --batch-size/);
    expect(code).toBe(5);
  },
  300_000,
);
