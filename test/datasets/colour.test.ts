import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { writeIdxPart } from '../helpers/idx-files.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

// A made-up data set of a hundred classes in colour, described by its manifest, through all commands.

const cwd = temporaryFolder();
const MANIFEST = 'paints/dataset.json';
const NAMES = Array.from({ length: 100 }, (_, label) => `paint number ${label}`);
const fmnist = (...args: string[]) => runCli(args, { cwd });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await fmnist(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
};

/** The end of a training; its log for people is on stderr. */
const train = async (...args: string[]) => {
  const { code, stdout } = await fmnist('train', ...args, '--json', '--quiet');
  expect(code).toBe(0);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
};

/** Each class has a colour of its own. */
const colourOf = (label: number) => [(label * 37) % 256, (label * 91) % 256, (label * 53) % 256];
let runEnd: { run: string; testLoss: number; confusion: number[][] };

beforeAll(async () => {
  mkdirSync(path.join(cwd, 'paints'));
  const pixel = (label: number, row: number, column: number, channel: number) =>
    Math.round((colourOf(label)[channel] ?? 0) * ((row >> 3) + (column >> 3) > label % 7 ? 1 : 0.4));
  const labels = (count: number) => Array.from({ length: count }, (_, i) => (i * 7) % 100);
  writeIdxPart(path.join(cwd, 'paints'), [32, 32, 3], { part: 'train', labels: labels(300), pixel });
  writeIdxPart(path.join(cwd, 'paints'), [32, 32, 3], { part: 't10k', labels: labels(100), pixel });
  await json('data', '--describe', 'paints', '--classes', NAMES.join(','));
  const flags = ['--data', MANIFEST, '--limit', '64', '--epochs', '1', '--augment', '16', '--device', 'cpu'];
  runEnd = await train('--model', 'vgg7', ...flags);
});

it('a bundled model takes its images and has one output a class', async () => {
  const { inputShape, layers } = await json('summary', '--model', 'vgg7', '--data', MANIFEST);
  expect(inputShape).toEqual([32, 32, 3]);
  expect(layers.at(-1).outputShape).toEqual([100]);
});

it('training ends with a test of all classes', () => {
  expect(runEnd.testLoss).toBeGreaterThan(0);
  expect(runEnd.confusion).toHaveLength(100);
});

it('evaluate finds the data again and gives the same figures; of so many classes it shows the worst', async () => {
  expect(await json('evaluate', 'last', '--device', 'cpu')).toMatchObject({ testLoss: runEnd.testLoss, images: 100 });
  const { stdout } = await fmnist('evaluate', 'last', '--tta', 'flip', '--device', 'cpu');
  expect(stdout).toContain('the 20 of 100 classes with the lowest F1');
  expect(stdout).toContain('most confused');
  expect(stdout.split('\n').length).toBeLessThan(100);
});

it('predict takes test images by number and photos in colour, which it cuts and scales but does not grey', async () => {
  const photo = new PNG({ width: 96, height: 64 });
  for (let i = 0; i < 96 * 64; i++) photo.data.set([200, 30, 60, 255], 4 * i);
  writeFileSync(path.join(cwd, 'photo.png'), PNG.sync.write(photo));
  const { predictions } = await json('predict', 'last', '3', 'photo.png', '--device', 'cpu');
  expect(predictions[0]).toMatchObject({ input: 'test image 3', actual: 'paint number 21' });
  expect(predictions[1].changes).toEqual(['cut to 64×64 (its middle)', 'scaled to 32×32']);
  expect(predictions[1].probabilities).toHaveLength(100);
  expect(predictions[1].top[0].name).toMatch(/^paint number \d+$/);
});

it('data and augment draw in colour', async () => {
  const colours = async (...args: string[]) => {
    await json(...args, '--data', MANIFEST, '--png', 'out.png');
    return PNG.sync.read(readFileSync(path.join(cwd, 'out.png')));
  };
  const grid = await colours('data');
  // The middle of the first picture, which is of class 0, is black; the second's, of class 7, is not grey.
  const at = (x: number, y: number) => [...grid.data.subarray(4 * (y * grid.width + x), 4 * (y * grid.width + x) + 3)];
  const [x, y] = [12 + (32 * 6 + 12) + 31 * 6, 12 + 31 * 6];
  expect(at(x, y)).toEqual(colourOf(7));
  const { variants, name } = await json('augment', '--index', '1', '--count', '3', '--data', MANIFEST);
  expect([variants.length, name]).toEqual([3, 'paint number 7']);
});

describe('a manifest that has moved', () => {
  it('is asked for by evaluate and resume, and may be named again; predict does without', async () => {
    renameSync(path.join(cwd, 'paints'), path.join(cwd, 'moved'));
    const lost = await fmnist('evaluate', 'last', '--device', 'cpu');
    expect([lost.code, lost.stderr]).toEqual([
      3,
      expect.stringMatching(/manifest of paints.* is not at .*paints.dataset\.json/),
    ]);
    expect(lost.stderr).toContain('--data FILE.json');
    const named = ['--data', 'moved/dataset.json', '--device', 'cpu'];
    expect(await json('evaluate', 'last', ...named)).toMatchObject({ testLoss: runEnd.testLoss });
    expect((await json('predict', 'last', 'photo.png', '--device', 'cpu')).predictions).toHaveLength(1);
    const resumed = await train('--resume', 'last', '--epochs', '2', ...named);
    expect(resumed).toMatchObject({ status: 'completed', epochs: 2 });
    // From now on the run knows the new place.
    expect(await json('evaluate', 'last', '--device', 'cpu')).toMatchObject({ testLoss: resumed.testLoss });
  });

  it('and another data set of another form is refused', async () => {
    const { code, stderr } = await fmnist('evaluate', 'last', '--data', 'synthetic', '--device', 'cpu');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/28×28 images of 10 classes, but the model was trained on 32×32×3 images of 100 classes/),
    ]);
    const resumed = await fmnist('train', '--resume', 'last', '--epochs', '3', '--data', 'synthetic');
    expect(resumed.code).toBe(2);
  });
});
