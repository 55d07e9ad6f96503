import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Manifest } from '../datasets/manifest.js';
import { DataError } from '../errors.js';
import { folderProblem } from '../files/errors.js';
import { readBounded, readingProblem } from '../files/read.js';
import { type ImageShape, imageSize, type LabelledImages } from '../image.js';
import { parseIdx } from './idx.js';
import { labelledImages, type NamedArray } from './labelled-images.js';
import { parseManifest } from './manifest.js';
import { isGzip } from './payload.js';

/** More than this is not read into memory. */
const MOST_BYTES = 2 ** 31 - 1;

/** How files of images and labels are called, and those of test images among them: `t10k-…`, `test-…`, `x_test…`. */
const IDX_NAME = /ubyte|idx/i;
const TEST_NAME = /^t10k|(?:^|[-_. ])test/i;

/** Where there are no test files: scikit-learn's usual share, rounded. */
const TEST_SPLIT = 0.2;

interface IdxFile extends NamedArray {
  readonly bytes: number;
  readonly sha256: string;
}

export interface Description {
  readonly manifest: Manifest;
  readonly trainCount: number;
  /** Undefined where the test images are drawn from the training files. */
  readonly testCount: number | undefined;
  /** What a person should know of the data. */
  readonly notes: readonly string[];
}

/**
 * A manifest of the IDX files in a folder, which are checked on the way.
 *
 * @param classes what the labels mean; the labels themselves when left out
 * @throws DataError for files that are missing, more than one of a kind, or not images and labels that belong together
 */
export async function describeFolder(folder: string, classes?: readonly string[]): Promise<Description> {
  const files = await readFolder(folder);
  const train = pairOf(
    files.filter(({ name }) => !TEST_NAME.test(name)),
    'training',
    folder,
  );
  const tests = files.filter(({ name }) => TEST_NAME.test(name));
  const test = tests.length === 0 ? undefined : pairOf(tests, 'test', folder);
  const [, height = 0, width = 0, channels = 1] = train.images.shape;
  const largest = Math.max(...[train, test].map((pair) => pair?.labels.data.reduce((a, b) => Math.max(a, b), 0) ?? 0));
  const described = {
    name:
      basename(resolve(folder))
        .replace(/[^A-Za-z0-9_.-]/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '')
        .slice(0, 64) || 'data',
    imageShape: [height, width, channels],
    classes: classes ?? Array.from({ length: largest + 1 }, (_, label) => String(label)),
    train: { images: entry(train.images), labels: entry(train.labels) },
    ...(test === undefined
      ? { testSplit: TEST_SPLIT }
      : { test: { images: entry(test.images), labels: entry(test.labels) } }),
  };
  const manifest = parseManifest(described, `of ${folder}`);
  const dataset = { ...manifest, title: folder };
  const images = labelledImages(dataset, train.images, train.labels);
  if (test !== undefined) labelledImages(dataset, test.images, test.labels);
  return {
    manifest: { ...manifest, onBlack: areOnBlack(images, manifest.imageShape) },
    trainCount: train.labels.data.length,
    testCount: test?.labels.data.length,
    notes: notesOn(train.labels.data, manifest.classes),
  };
}

async function readFolder(folder: string): Promise<IdxFile[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new DataError(`the folder ${folder} cannot be read: ${folderProblem(cause)}`, { cause });
  });
  // A file that lies there both plain and gzipped is one file.
  const once = names.filter((name) => !/\.gz$/i.test(name) || !names.includes(name.slice(0, -'.gz'.length)));
  const files = once.filter((name) => IDX_NAME.test(name)).toSorted();
  return Promise.all(files.map((name) => readIdx(folder, name)));
}

async function readIdx(folder: string, name: string): Promise<IdxFile> {
  const bytes = await readBounded(join(folder, name), { most: MOST_BYTES, links: true })
    .then((file) => (isGzip(file) ? promisify(gunzip)(file, { maxOutputLength: MOST_BYTES }) : file))
    .catch((cause: unknown) => {
      throw new DataError(`${join(folder, name)} cannot be read: ${readingProblem(cause)}`, { cause });
    });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { name, ...parseIdx(bytes, name), bytes: bytes.length, sha256 };
}

function entry({ name, bytes, sha256 }: IdxFile) {
  return { file: name, bytes, sha256 };
}

/** Labels have one dimension, images three or four. */
function pairOf(files: readonly IdxFile[], part: string, folder: string) {
  const one = (what: string, ranks: readonly number[]): IdxFile => {
    const [first, second] = files.filter(({ shape }) => ranks.includes(shape.length));
    if (first !== undefined && second === undefined) return first;
    const found = first === undefined ? 'no file' : `more than one file (${first.name}, ${second?.name})`;
    throw new DataError(`${folder} has ${found} of ${part} ${what} in IDX format`, {
      hint: 'They are called like train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images… and t10k-labels…, gzipped or not.',
    });
  };
  return { images: one('images', [3, 4]), labels: one('labels', [1]) };
}

/** Whether most border pixels of grey images are black. */
function areOnBlack({ images, labels }: LabelledImages, shape: ImageShape): boolean {
  const [height, width, channels] = shape;
  if (channels !== 1) return false;
  const size = imageSize(shape);
  let border = 0;
  let black = 0;
  for (let i = 0; i < Math.min(labels.length, 1_000) * size; i++) {
    const column = i % width;
    const row = Math.floor((i % size) / width);
    if (row > 0 && row < height - 1 && column > 0 && column < width - 1) continue;
    border++;
    if ((images[i] ?? 0) <= 16) black++;
  }
  return black > border / 2;
}

function notesOn(labels: Uint8Array, classes: readonly string[]): string[] {
  const empty = classes.filter((_, label) => !labels.includes(label));
  const sorted = labels.every((label, i) => i === 0 || label >= (labels[i - 1] ?? 0));
  return [
    ...(empty.length === 0
      ? []
      : [`no training image is of ${empty.slice(0, 5).join(', ')}${empty.length > 5 ? ', …' : ''}`]),
    ...(sorted && new Set(labels).size > 1
      ? ['the training images are sorted by class: shuffle them, since the last ones are held out for validation']
      : []),
  ];
}
