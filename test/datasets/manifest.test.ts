import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDataset } from '../../src/data/dataset.js';
import { findDataset, rememberDataset, rememberedDataset } from '../../src/data/find.js';
import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import { runCli } from '../helpers/cli.js';
import { encodeIdx, writeIdxPart } from '../helpers/idx-files.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

interface Manifest {
  [key: string]: unknown;
  train: { images: { file: string; bytes: number; sha256: string }; labels: { file: string } };
}

const good = path.join(temporaryFolder(), 'shapes');
const pixel = (label: number, row: number, column: number) =>
  row > 0 && column > 0 && row < 5 && column < 5 ? 40 * label + 10 : 0;
const FILES = [
  't10k-images-idx3-ubyte.gz',
  't10k-labels-idx1-ubyte',
  'train-images-idx3-ubyte.gz',
  'train-labels-idx1-ubyte',
];

beforeAll(async () => {
  mkdirSync(good);
  writeIdxPart(good, [6, 6, 1], { part: 'train', labels: [2, 0, 1, 2, 1, 0, 0, 1, 2, 1], pixel });
  writeIdxPart(good, [6, 6, 1], { part: 't10k', labels: [1, 2, 0, 1], pixel });
  const { code, stdout } = await runCli(['data', '--describe', good, '--classes', 'none, some,all']);
  expect(code).toBe(0);
  expect(stdout).toContain('10 training and 4 test images, 6×6×1, 3 classes');
});

/** A copy of the good data set with its manifest changed. @returns the manifest's path */
function changed(change: (manifest: Manifest, folder: string) => unknown): string {
  const folder = path.join(temporaryFolder(), 'copy');
  cpSync(good, folder, { recursive: true });
  const file = path.join(folder, 'dataset.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  writeFileSync(file, JSON.stringify(change(manifest, folder) ?? manifest));
  return file;
}

describe('fmnist data --describe', () => {
  it('writes names, shape, hashes, and whether the images are bright on black', () => {
    const manifest = JSON.parse(readFileSync(path.join(good, 'dataset.json'), 'utf8'));
    expect(manifest).toMatchObject({
      name: 'shapes',
      imageShape: [6, 6, 1],
      classes: ['none', 'some', 'all'],
      onBlack: true,
    });
    expect(manifest.train.images).toMatchObject({ file: FILES[2], bytes: 16 + 10 * 36 });
    expect(readdirSync(good).toSorted()).toEqual(['dataset.json', ...FILES]);
  });

  it('draws test images where there are no test files: the same ones each time, and never training images', async () => {
    const folder = temporaryFolder();
    writeIdxPart(folder, [6, 6, 1], {
      part: 'train',
      labels: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
      pixel: (_, __, ___, ____, i) => i,
    });
    const { stdout } = await runCli(['data', '--describe', folder]);
    expect(stdout).toContain('10 images, 20% of which are drawn as test images');
    const dataset = findDataset(path.join(folder, 'dataset.json'));
    const [one, two] = await Promise.all([loadDataset({ dataset }), loadDataset({ dataset })]);
    expect(one.test.images).toEqual(two.test.images);
    const shown = (images: Uint8Array) => images.filter((_, i) => i % 36 === 0);
    expect([...shown(one.train.images), ...shown(one.test.images)].toSorted()).toEqual([...Array(10).keys()]);
    expect(one.test.labels).toHaveLength(2);
  });

  it('tells what it notices of the labels, and with --force replaces the manifest that is there', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'dataset.json');
    writeFileSync(file, '{}');
    writeIdxPart(folder, [6, 6, 1], { part: 'train', labels: [0, 0, 1, 1, 3], pixel });
    const { stdout } = await runCli(['data', '--describe', folder, '--force']);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ classes: ['0', '1', '2', '3'] });
    expect(stdout).toMatch(/no training image is of 2/);
    expect(stdout).toMatch(/sorted by class: shuffle them/);
  });

  it.each<[string, (folder: string) => void, string[], number, RegExp]>([
    [
      'a folder without files',
      (folder) => FILES.map((name) => rmSync(path.join(folder, name))),
      [],
      3,
      /no file of training images/,
    ],
    ['labels without a name', () => undefined, ['--classes', 'a,b'], 3, /has label 2, but the last of 2 classes is 1/],
    ['a name twice', () => undefined, ['--classes', 'a,b,a'], 3, /classes: must hold each name once/],
    [
      'a folder that has a manifest',
      (folder) => writeFileSync(path.join(folder, 'dataset.json'), '{}'),
      [],
      2,
      /there is a .*dataset\.json already\ntry .*--force/,
    ],
    [
      'labels of other images',
      (folder) => writeFileSync(path.join(folder, 'train-labels-idx1-ubyte'), encodeIdx([3], Buffer.from([0, 1, 2]))),
      [],
      3,
      /holds 10 images, but .* 3 labels/,
    ],
  ])('refuses %s', async (_, damage, flags, exitCode, said) => {
    const folder = path.join(temporaryFolder(), 'bad');
    cpSync(good, folder, { recursive: true });
    rmSync(path.join(folder, 'dataset.json'));
    damage(folder);
    const before = readdirSync(folder);
    const { code, stderr } = await runCli(['data', '--describe', folder, ...flags]);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(said)]);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('a manifest', () => {
  it.each<[string, (manifest: Manifest, folder: string) => unknown, RegExp]>([
    [
      'with a wrong hash',
      ({ train }) => void Object.assign(train.images, { sha256: '0'.repeat(64) }),
      /train-images.* from folder .*other content \(SHA-256/,
    ],
    [
      'with a wrong size',
      ({ train }) => void Object.assign(train.images, { bytes: 100 }),
      /inflates to more than 100 bytes/,
    ],
    [
      'with a wrong shape',
      (manifest) => ({ ...manifest, imageShape: [6, 3, 1] }),
      /holds \[10, 6, 6\] values, which are no 6×3 images/,
    ],
    ['with wrong channels', (manifest) => ({ ...manifest, imageShape: [6, 6, 3] }), /which are no 6×6×3 images/],
    [
      'without one of its files',
      (_, folder) => rmSync(path.join(folder, FILES[1] ?? '')),
      /t10k-labels-idx1-ubyte is not beside it/,
    ],
    [
      'with too few classes',
      (manifest) => ({ ...manifest, classes: ['a', 'b'] }),
      /has label 2, but the last of 2 classes is 1/,
    ],
  ])('%s is exit 3 and one line', async (_, change, said) => {
    const { code, stdout, stderr } = await runCli(['data', '--data', changed(change)]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^error [^\n]+\ntry {3}[^\n]+\n$/);
    expect(stderr).toMatch(said);
  });

  it('with several problems tells all of them at once, with what was perhaps meant', async () => {
    const file = changed(({ classes: _, ...manifest }) => ({
      ...manifest,
      clases: ['a'],
      imageShape: [6, 6, 2],
      testSplit: 0.5,
    }));
    const { code, stderr } = await runCli(['data', '--data', file]);
    expect(code).toBe(3);
    expect(stderr).toContain('problems');
    expect(stderr).toContain('classes: is missing; it must be a list');
    expect(stderr).toContain('clases: unknown key. Did you mean "classes"?');
    expect(stderr).toContain('imageShape[2]: must be one of 1, 3, but is 2');
  });

  it('may have at most as many classes as a byte can tell', () => {
    const file = changed((manifest) => ({ ...manifest, classes: Array.from({ length: 257 }, (_, i) => `c${i}`) }));
    expect(() => findDataset(file)).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(/at most 256 classes: labels are bytes/)] }),
    );
  });

  it('that is not there, or no JSON, is exit 3; a name that is none is exit 2 with what was perhaps meant', async () => {
    expect((await runCli(['data', '--data', 'none.json'])).stderr).toMatch(/there is no manifest none\.json/);
    const broken = path.join(temporaryFolder(), 'broken.json');
    writeFileSync(broken, '{');
    const { code, stderr } = await runCli(['data', '--data', broken]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/is not JSON/)]);
    const misspelt = await runCli(['data', '--data', 'fashion-mnst']);
    expect([misspelt.code, misspelt.stderr]).toEqual([2, expect.stringMatching(/Did you mean "fashion-mnist"\?/)]);
  });

  it('may have its files elsewhere: --data-dir', async () => {
    const file = changed(() => undefined);
    const elsewhere = temporaryFolder();
    for (const name of FILES) {
      cpSync(path.join(path.dirname(file), name), path.join(elsewhere, name));
      rmSync(path.join(path.dirname(file), name));
    }
    const { train } = await loadDataset({ dataset: findDataset(file), dataDir: elsewhere });
    expect([...train.labels]).toEqual([2, 0, 1, 2, 1, 0, 0, 1, 2, 1]);
  });
});

it('a run remembers named data sets by name, and manifests by path and content', () => {
  expect(rememberDataset(fashionMnist)).toBe('fashion-mnist');
  const dataset = findDataset(path.join(good, 'dataset.json'));
  expect(rememberedDataset(rememberDataset(dataset))).toEqual(dataset);
  const other = changed(({ train }) => void Object.assign(train.images, { sha256: '0'.repeat(64) }));
  const reference = rememberDataset(dataset);
  if (typeof reference === 'string') throw new Error('a manifest is remembered by more than a name');
  expect(() => rememberedDataset({ ...reference, manifest: [other] })).toThrow(/describes other files/);
});
