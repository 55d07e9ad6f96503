import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PNG } from 'pngjs';
import { beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { realDataset } from '../helpers/real-data.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

beforeAll(async () => {
  await realDataset();
});

test('shows the image, and the variants that were asked for, in the width there is', async () => {
  const { code, stdout } = await runCli(['augment', '--index', '5', '--count', '100'], { env: { COLUMNS: '100' } });
  expect(code).toBe(0);
  expect(stdout).toContain('training image 5: Pullover');
  expect(stdout).toMatch(/100 variants · seed 42 · rotation ±10° · zoom ±10%/);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(100);
  expect(stdout).not.toContain('\x1b');
});

test('in a terminal no line wraps', async () => {
  const terminal = new Terminal(process.execPath, [BIN, 'augment', '--count', '30'], { columns: 50, rows: 20 });
  expect((await terminal.finished()).exitCode).toBe(0);
  expect(terminal.output).toContain('▀');
  expect(terminal.wrapped).toBe(false);
});

test('--png holds a hundred variants as ten by ten', async () => {
  const path = join(temporaryFolder(), 'variants.png');
  expect((await runCli(['augment', '--count', '100', '--png', path])).code).toBe(0);
  const png = PNG.sync.read(readFileSync(path));
  expect(png.width).toBe(12 + 10 * 180);
  expect(png.height).toBe(12 + 10 * 180);
});

test('--json tells what was drawn: the same for the same seed, other for another', async () => {
  const run = async (...flags: string[]) =>
    JSON.parse((await runCli(['augment', '--json', '--count', '50', ...flags])).stdout);
  const first = await run('--seed', '1');
  expect(first).toMatchObject({ index: 0, label: 9, name: 'Ankle boot', seed: 1 });
  expect(first.variants).toHaveLength(50);
  expect(await run('--seed', '1')).toEqual(first);
  expect((await run('--seed', '2')).variants).not.toEqual(first.variants);
  for (const { theta } of first.variants) expect(Math.abs(theta)).toBeLessThanOrEqual(10);
});

test("a config's ranges, and those of --set, are what is drawn from", async () => {
  const config = join(temporaryFolder(), 'strong.json');
  const layers = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
  const augmentation = {
    rotationRange: 90,
    zoomRange: 0,
    shearRange: 0,
    widthShiftRange: 0,
    heightShiftRange: 0,
  };
  writeFileSync(config, JSON.stringify({ name: 'strong', layers, augmentation }));
  const { stdout, code, stderr } = await runCli([
    ...['augment', '--config', config, '--set', 'augmentation.horizontalFlip=false'],
    ...['--json', '--count', '200'],
  ]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { variants } = JSON.parse(stdout);
  const angles = variants.map((variant: { theta: number }) => Math.abs(variant.theta));
  expect(Math.max(...angles)).toBeGreaterThan(60);
  expect(variants.every((v: { tx: number; zx: number; flip: boolean }) => v.tx === 0 && v.zx === 1 && !v.flip)).toBe(
    true,
  );
});

test.each([
  [['--index', '60000'], /--index must be a whole number from 0 to 59999/],
  [['--index', '-1'], /--index/],
  [['--count', '0'], /--count must be a whole number from 1/],
  [['--data', 'synthetic', '--index', '2000'], /there are 2,?000 training images/],
])('%j is a usage error', async (flags, said) => {
  const { code, stderr } = await runCli(['augment', ...flags]);
  expect(code).toBe(2);
  expect(stderr).toMatch(said);
});
