import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const cwd = temporaryFolder();
const fmnist = (...args: string[]) => runCli(args, { cwd });
const DATA = ['--data', 'synthetic', '--device', 'cpu'];

beforeAll(async () => {
  await nativeBinding();
  const { code, stderr } = await fmnist('train', '-m', 'conv-pool', '--limit', '64', '--epochs', '1', ...DATA);
  expect(code, stderr).toBe(0);
});

describe('fmnist features', () => {
  it('applies a filter written by hand without any model', async () => {
    const { code, stdout } = await fmnist('features', '--filter', 'sobel-x', '--data', 'synthetic', '--png', 'x.png');
    expect(code).toBe(0);
    expect(stdout).toMatch(/test image 0[\s\S]*sobel-x, written by hand[\s\S]*wrote x\.png/);
    expect(existsSync(path.join(cwd, 'x.png'))).toBe(true);
  });

  it('shows what a model learned beside it, and which pixels decided', async () => {
    const { code, stdout } = await fmnist('features', 'last', '--filter', 'blur', '--saliency', '--device', 'cpu');
    expect(code).toBe(0);
    expect(stdout).toMatch(/blur, written by hand[\s\S]*conv2d_1, learned: each kernel[\s\S]*which pixels decided for/);
    expect(stdout).toMatch(/Grad-CAM/);
  });

  it('gives the numbers to scripts', async () => {
    const { stdout } = await fmnist('features', 'last', '--layer', 'maxPooling2d_1', '--device', 'cpu', '--json');
    const { layer, values } = JSON.parse(stdout);
    expect(layer).toBe('maxPooling2d_1');
    const { shape, values: numbers } = values.maxPooling2d_1;
    expect(numbers).toHaveLength(shape[0] * shape[1] * shape[2]);
  });

  it('shows what decided where no layer of a model gives images', async () => {
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
    writeFileSync(path.join(cwd, 'dense.json'), JSON.stringify({ layers }));
    const flags = ['--limit', '64', '--epochs', '1', '--name', 'dense', '--runs-dir', 'dense-runs', ...DATA];
    expect((await fmnist('train', '-m', 'dense.json', ...flags)).code).toBe(0);
    const of = (...args: string[]) =>
      fmnist('features', 'dense', '--runs-dir', 'dense-runs', '--device', 'cpu', ...args);
    const maps = await of();
    expect([maps.code, maps.stderr]).toEqual([
      2,
      expect.stringMatching(/^error no layer of this model gives images\n/),
    ]);
    const decided = await of('--saliency', '--json');
    expect([decided.code, JSON.parse(decided.stdout)]).toMatchObject([0, { values: { saliency: {} } }]);
  });

  it('says in one line what it cannot show', async () => {
    const nothing = await fmnist('features');
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringMatching(/^error whose features\?/)]);
    const layer = await fmnist('features', 'last', '--layer', 'conv2d_9', '--device', 'cpu');
    expect([layer.code, layer.stderr]).toEqual([2, expect.stringMatching(/no layer "conv2d_9".*\n.*conv2d_1/)]);
    const filter = await fmnist('features', '--filter', 'sobel');
    expect([filter.code, filter.stderr]).toEqual([2, expect.stringContaining('sobel-x')]);
    const image = await fmnist('features', 'last', '--image', 'none.png', '--device', 'cpu');
    expect([image.code, image.stderr]).toEqual([3, expect.stringContaining('none.png')]);
  });
});
