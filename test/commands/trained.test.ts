import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { realDataset } from '../helpers/real-data.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const cwd = temporaryFolder();
const fmnist = (...args: string[]) => runCli(args, { cwd });
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await fmnist(...args, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
};
let runEnd: { run: string; testLoss: number; testAccuracy: number; confusion: number[][] };
let test: { images: Uint8Array; labels: Uint8Array };

beforeAll(async () => {
  ({ test } = await realDataset());
  const trained = await fmnist(
    'train',
    '-m',
    'conv-pool',
    '--limit',
    '1500',
    '--epochs',
    '2',
    '--device',
    'cpu',
    '--json',
  );
  expect(trained.code).toBe(0);
  runEnd = JSON.parse(trained.stdout.trim().split('\n').at(-1) ?? '');
});

/** A test image as a photo: dark on white, in colour, `scale` times as large. */
function photo(index: number, scale: number): { width: number; height: number; data: Buffer } {
  const [width, height] = [28 * scale + 40, 28 * scale + 80];
  const data = Buffer.alloc(width * height * 4, 255);
  for (let i = 0; i < 28 * scale * 28 * scale; i++) {
    const [x, y] = [i % (28 * scale), Math.floor(i / (28 * scale))];
    const grey = 255 - (test.images[index * 784 + Math.floor(y / scale) * 28 + Math.floor(x / scale)] ?? 0);
    data.set([grey, grey, Math.min(255, grey + 9), 255], 4 * ((y + 40) * width + x + 20));
  }
  return { width, height, data };
}

describe('fmnist evaluate', () => {
  it('gives the figures that the run ended with', async () => {
    const { testLoss, testAccuracy, confusion, images } = await json('evaluate', 'last', '--device', 'cpu');
    expect({ testLoss, testAccuracy, confusion, images }).toEqual({
      testLoss: runEnd.testLoss,
      testAccuracy: runEnd.testAccuracy,
      confusion: runEnd.confusion,
      images: 10_000,
    });
  });

  it('takes a checkpoint file too, and mirror images besides', async () => {
    const file = path.join(runEnd.run, 'checkpoints', 'last.safetensors');
    const flipped = await json('evaluate', file, '--tta', 'flip', '--device', 'cpu');
    expect(flipped).toMatchObject({ tta: true, views: 'flip' });
    expect(flipped.testLoss).not.toBe(runEnd.testLoss);
    expect(Math.abs(flipped.testAccuracy - runEnd.testAccuracy)).toBeLessThan(0.1);
    const shifted = await json('evaluate', file, '--tta', 'flip-shift', '--device', 'cpu');
    expect(shifted.views).toBe('flip-shift');
    expect(shifted.testLoss).not.toBe(flipped.testLoss);
  });

  it('shows classes, confusion and the most confident mistakes', async () => {
    const { stdout, stderr } = await fmnist('evaluate', 'last', '--device', 'cpu', '--model', 'vgg7');
    expect(stderr).toBe('warning: --model has no effect: a run knows its model\n');
    expect(stdout).toContain(`test accuracy ${(runEnd.testAccuracy * 100).toFixed(2)}%`);
    expect(stdout).toMatch(/^Ankle boot +0\.\d{4} +0\.\d{4} +0\.\d{4} +1000$/m);
    expect(stdout).toContain('true \\ predicted');
    expect(stdout).toMatch(/^most confident mistakes [\s\S]*^\d+: \S.*\n→ \S.* \d+%/m);
  });

  it.each<[string, number, RegExp, ...string[]]>([
    ['a run that is not there', 3, /there is no run "nope"/, 'nope'],
    ['a file that is not there', 3, /there is no file x\.safetensors/, 'x.safetensors'],
    ['a path where no run is', 3, /there is no run \.\.\/nope/, '../nope'],
    ['averages that were never kept', 3, /holds no averaged weights/, 'last', '--ema'],
    [
      'a checkpoint of a file',
      2,
      /--checkpoint has no effect: a file has one set/,
      'net.safetensors',
      '--checkpoint',
      'best',
    ],
    [
      'a file with another model',
      3,
      /conv2d_1\/kernel is \[3, 3, 1, 32\], not \[3, 3, 1, 8\]/,
      'net.safetensors',
      '--model',
      'conv-pool',
      '--set',
      'layers.0.filters=8',
    ],
    ['a test-time augmentation that does not exist', 2, /--tta must be flip/, 'last', '--tta', 'spin'],
    [
      'a run that --tta takes for its own',
      2,
      /is missing: .*\ntry +--tta took "last" for its value: put it last\./,
      '--tta',
      'last',
    ],
  ])('refuses %s in one line', async (_, exitCode, message, ...args) => {
    copyFileSync(path.join(cwd, runEnd.run, 'checkpoints', 'last.safetensors'), path.join(cwd, 'net.safetensors'));
    const { code, stderr } = await fmnist('evaluate', ...args);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(message)]);
    expect(stderr).not.toContain('    at ');
  });

  it('falls back to the checkpoint before a damaged one, and says so', async () => {
    const file = path.join(cwd, runEnd.run, 'checkpoints', 'last.safetensors');
    const whole = readFileSync(file);
    truncateSync(file, whole.length - 100);
    const { code, stderr } = await fmnist('evaluate', 'last', '--device', 'cpu', '--json');
    writeFileSync(file, whole);
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/warning: .*last\.safetensors.*last\.previous\.safetensors/),
    ]);
  });
});

describe('fmnist predict', () => {
  it('sees the same in a test image, in its PNG and in a photo of it, and says what it did', async () => {
    const bag = test.labels.indexOf(8);
    writeFileSync(path.join(cwd, 'small.png'), greyPng(test.images.subarray(bag * 784, (bag + 1) * 784)));
    writeFileSync(path.join(cwd, 'photo.jpg'), jpeg.encode(photo(bag, 9), 95).data);
    const { predictions } = await json('predict', 'last', String(bag), 'small.png', 'photo.jpg', '--device', 'cpu');
    const [byNumber, small, large] = predictions;
    expect(byNumber).toMatchObject({ input: `test image ${bag}`, actual: 'Bag', changes: [] });
    expect(small).toMatchObject({ changes: [], probabilities: byNumber.probabilities });
    expect(large.top[0].name).toBe(small.top[0].name);
    expect(large.changes).toEqual([
      'greyed',
      'inverted (its background is bright)',
      expect.stringMatching(/^cut/),
      expect.stringMatching(/^scaled to/),
    ]);
    expect(small.top).toHaveLength(3);
    expect(small.probabilities.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 5);
  });

  it('draws the picture and three bars', async () => {
    const { stdout } = await fmnist('predict', 'last', '0', '--device', 'cpu');
    expect(stdout).toContain('test image 0');
    expect(stdout.match(/[━╸─]+ +\d+\.\d%/g)).toHaveLength(3);
    expect(stdout).toMatch(/it is: Ankle boot [✔✘]/);
  });

  it('takes folders, patterns and ranges; a picture that it cannot read is left out and told', async () => {
    mkdirSync(path.join(cwd, 'photos'), { recursive: true });
    for (const index of [3, 4]) {
      const pixels = test.images.subarray(index * 784, (index + 1) * 784);
      writeFileSync(path.join(cwd, 'photos', `${index}.png`), greyPng(pixels));
    }
    writeFileSync(path.join(cwd, 'photos', 'broken.png'), 'hello');
    writeFileSync(path.join(cwd, 'photos', 'notes.txt'), 'no picture');
    const all = await fmnist('predict', 'last', 'photos', 'photos/?.png', '3-4', '--device', 'cpu', '--json-lines');
    const lines = all.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ input }) => input)).toEqual([
      ...['photos/3.png', 'photos/4.png', 'photos/3.png', 'photos/4.png'],
      ...['test image 3', 'test image 4'],
    ]);
    expect(all.stderr).toBe('warning: photos/broken.png is no picture of a known kind; it is left out\n');
    expect(lines[0].probabilities).toEqual(lines[4].probabilities);
    const none = await fmnist('predict', 'last', 'photos/*.gif');
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('there is no picture in photos/*.gif')]);
  });

  it('turns a photo upright that lies, as its EXIF data say, and names a kind that it cannot read', async () => {
    const { width, height, data } = photo(test.labels.indexOf(1), 9);
    // A camera held upright writes its rows from the top right down (orientation 6).
    const lying = Buffer.alloc(data.length);
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      data.copy(lying, 4 * ((width - 1 - x) * height + y), 4 * i, 4 * i + 4);
    }
    const bytes = jpeg.encode({ width: height, height: width, data: lying }, 95).data;
    const exif = Buffer.from('ffe100224578696600004d4d002a00000008000101120003000000010006000000000000', 'hex');
    writeFileSync(path.join(cwd, 'lying.jpg'), Buffer.concat([bytes.subarray(0, 2), exif, bytes.subarray(2)]));
    writeFileSync(path.join(cwd, 'standing.jpg'), jpeg.encode({ width, height, data }, 95).data);
    const { predictions } = await json('predict', 'last', 'standing.jpg', 'lying.jpg', '--device', 'cpu');
    const [standing, turned] = predictions;
    expect(turned.changes).toEqual(['turned upright (its EXIF orientation)', ...standing.changes]);
    expect(turned.top[0].name).toBe(standing.top[0].name);
    expect(turned.top[0].probability).toBeCloseTo(standing.top[0].probability, 1);
    writeFileSync(path.join(cwd, 'photo.heic'), '\0\0\0\x18ftypheic\0\0\0\0');
    const heic = await fmnist('predict', 'last', 'photo.heic');
    expect(heic.code).toBe(3);
    expect(heic.stderr).toMatch(
      /^error photo\.heic is a HEIC picture, which cannot be read here\ntry {3}Convert it first: /,
    );
  });

  it('prints a table for a spreadsheet, of as many classes as are asked for', async () => {
    const { stdout } = await fmnist('predict', 'last', '0-2', '--device', 'cpu', '--csv', '--top', '2');
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toBe('input,actual,doubt,class1,probability1,class2,probability2');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/^test image 0,Ankle boot,(?:unsure)?,[A-Z][^,]+,[\d.e-]+,[A-Z][^,]+,[\d.e-]+$/);
  });

  it('says of a blank picture that its answer means nothing', async () => {
    writeFileSync(path.join(cwd, 'blank.png'), greyPng(new Uint8Array(784).fill(250)));
    const { predictions } = await json('predict', 'last', 'blank.png', '0', '--device', 'cpu');
    expect(predictions[0].doubt).toBe('blank');
    expect(predictions[1].doubt).not.toBe('blank');
    const { stdout } = await fmnist('predict', 'last', 'blank.png', '--device', 'cpu');
    expect(stdout).toContain('blank: the answer means nothing');
  });

  it('says so where no class is likely', async () => {
    const { predictions } = await json('predict', 'last', '0-499', '--device', 'cpu');
    for (const { doubt, top } of predictions) expect(doubt).toBe(top[0].probability < 0.5 ? 'unsure' : null);
    expect(new Set(predictions.map(({ doubt }: { doubt: string | null }) => doubt))).toEqual(new Set(['unsure', null]));
  });

  it('takes a picture from standard input', async () => {
    const input = greyPng(test.images.subarray(0, 784));
    const { stdout } = await runCli(['predict', 'last', '-', '0', '--device', 'cpu', '--json'], { cwd, input });
    const [piped, numbered] = JSON.parse(stdout).predictions;
    expect(piped).toMatchObject({ input: 'standard input', probabilities: numbered.probabilities });
  });

  it('names the file that it cannot read', async () => {
    writeFileSync(path.join(cwd, 'text.png'), 'hello');
    writeFileSync(path.join(cwd, 'cut.png'), greyPng(test.images.subarray(0, 784)).subarray(0, 60));
    for (const [name, message] of [
      ['text.png', /text\.png is no picture of a known kind/],
      ['cut.png', /^error cut\.png cannot be decoded: the picture is damaged or cut off\n/],
      ['none.png', /none\.png/],
      ['10000', /no test image 10000/],
    ] as const) {
      const { code, stderr } = await fmnist('predict', 'last', name);
      expect([name === '10000' ? 2 : 3, stderr]).toEqual([code, expect.stringMatching(message)]);
    }
  });
});

describe('fmnist train --resume', () => {
  it('goes on from the checkpoint before a damaged one, says so, and ends as it would have', async () => {
    const folder = path.join(cwd, runEnd.run, 'checkpoints');
    const last = path.join(folder, 'last.safetensors');
    truncateSync(last, 1000);
    const { code, stdout } = await fmnist('train', '--resume', 'last', '--device', 'cpu', '--json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(events.filter(({ event }) => event === 'warning').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/last\.safetensors.*going on from the checkpoint before it/),
    );
    expect(events.at(-1)).toMatchObject({ testLoss: runEnd.testLoss, testAccuracy: runEnd.testAccuracy });
    expect(readdirSync(folder)).toContain('last.safetensors.damaged');
  });

  it('refuses when no checkpoint is whole, and leaves everything as it is', async () => {
    const folder = path.join(cwd, runEnd.run, 'checkpoints');
    for (const name of ['last.safetensors', 'last.previous.safetensors'])
      renameSync(path.join(folder, name), path.join(folder, `${name}.away`));
    const { code, stderr } = await fmnist('train', '--resume', 'last', '--device', 'cpu');
    expect([code, stderr]).toEqual([3, expect.stringMatching(/there is no such checkpoint/)]);
    expect(existsSync(path.join(cwd, runEnd.run, 'summary.json'))).toBe(true);
  });
});

function greyPng(pixels: Uint8Array): Buffer {
  const file = new PNG({ width: 28, height: 28 });
  pixels.forEach((grey, i) => {
    file.data.set([grey, grey, grey, 255], 4 * i);
  });
  return PNG.sync.write(file);
}
