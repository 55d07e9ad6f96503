import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

describe('fmnist summary', () => {
  it.each([
    ['conv', '3,989,642'],
    ['conv-pool', '241,546'],
    ['vgg7', '5,240,842'],
  ])('of %s shows %s parameters', async (model, parameters) => {
    const { code, stdout } = await runCli(['summary', '--model', model]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Total +${parameters} `, 'm'));
  });

  it('has a row a layer with shape, parameters, memory and work', async () => {
    const { stdout } = await runCli(['summary', '--model', 'conv']);
    // 26 × 26 × 16 outputs and 160 weights of four bytes; 2 · 676 · 9 · 16 operations.
    expect(stdout).toMatch(/^conv2d_1 \(Conv2D\) +\(None, 26, 26, 16\) +160 +42\.88 KB +0\.19$/m);
    expect(stdout).toMatch(/^flatten_1 \(Flatten\) +\(None, 30976\) +0 /m);
    expect(stdout).toMatch(/^dense_2 \(Dense\) +\(None, 10\) +1,290 /m);
  });

  it.each([120, 80, 60, 40])('of a residual network stays within %i columns', async (columns) => {
    const cwd = temporaryFolder();
    const inner = [{ type: 'conv2d', filters: 32, kernelSize: 3, padding: 'same' }, { type: 'batchNormalization' }];
    const layers = [
      { type: 'residual', layers: [{ type: 'residual', layers: inner }] },
      { type: 'globalAveragePooling2d' },
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    writeFileSync(path.join(cwd, 'net.json'), JSON.stringify({ layers }));
    const terminal = new Terminal(process.execPath, [BIN, 'summary', '--model', './net.json'], {
      columns,
      rows: 40,
      cwd,
    });
    await terminal.until((screen) => /training\s+step/.test(screen));
    expect((await terminal.finished()).exitCode).toBe(0);
    expect(terminal.wrapped).toBe(false);
    for (const line of terminal.screen) expect(line.length).toBeLessThan(columns);
    expect(terminal.screen.join('\n')).toMatch(/batchNormalization_1.* 128\b/);
  });

  it('is one JSON document with --json', async () => {
    const { stdout, stderr } = await runCli(['summary', '--model', 'vgg7', '--json']);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      name: 'vgg7',
      inputShape: [28, 28, 1],
      parameters: { total: 5_240_842, trainable: 5_240_842, nonTrainable: 0 },
    });
    expect(summary.layers[0]).toMatchObject({
      name: 'conv2d_1',
      type: 'Conv2D',
      outputShape: [28, 28, 32],
      parameters: 320,
    });
    expect(stderr).toBe('');
  });

  it('loads neither TensorFlow nor any engine, which would take a second', async () => {
    const preload = new URL('../helpers/no-tensorflow.js', import.meta.url).href;
    // It checks the config; whoever asks for help alone waits for no schema.
    const summary = await runCli(['summary', '--model', 'vgg7'], { node: ['--import', preload] });
    expect([summary.code, summary.stderr]).toEqual([0, 'zod is loaded\n']);
    const help = await runCli(['--help'], { node: ['--import', preload] });
    expect([help.code, help.stderr]).toEqual([0, '']);
  });
});
