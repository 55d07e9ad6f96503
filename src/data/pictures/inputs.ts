import { promises as fs } from 'node:fs';
import path from 'node:path';
import { DataError, UsageError } from '../../errors.js';
import { hasCode } from '../../files/errors.js';
import { readBoundedOrPipe, readingProblem } from '../../files/read.js';
import { fileName } from '../../files/standard-input.js';
import { imageAt, type LabelledImages } from '../../image.js';
import { decodePicture, PICTURE_HINT } from './decode.js';
import { type PictureTarget, type PreparedImage, prepareImage } from './prepare.js';

/** An image to predict. */
export interface PredictionInput extends PreparedImage {
  /** As it was named. */
  readonly input: string;
  /** The class of a test image. */
  readonly actual?: string;
}

/** Where the images come from. */
export interface InputSources {
  readonly dataset: PictureTarget & { readonly classes: readonly string[] };
  /** Asked once, where a test image is named. */
  readonly loadTest: () => Promise<LabelledImages>;
  /** Hears of pictures of a folder that cannot be read: they are left out. */
  readonly warn: (message: string) => void;
}

/**
 * Reads files, the pictures of folders (`photos`) or of those that a pattern names (`photos/*.jpg`), or test images where
 * a name is a number or a range (`0-9`) and no file.
 *
 * @throws {UsageError} for a number that is no test image; {@link DataError} for a file that is missing or no picture.
 */
export async function readInputs(names: readonly string[], sources: InputSources): Promise<PredictionInput[]> {
  const inputs: PredictionInput[] = [];
  for (const name of names) inputs.push(...(await inputsOf(name, sources)));
  return inputs;
}

async function inputsOf(name: string, sources: InputSources): Promise<PredictionInput[]> {
  if (name.includes('\0')) throw new UsageError('a path cannot hold a NUL character');
  const stat = await fs.stat(name).catch(() => undefined);
  const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(name) ?? [];
  if (stat === undefined && first !== undefined) return testImages(Number(first), Number(last), sources);
  if (stat?.isDirectory()) return pictures(name, await filesOf(name), PICTURE_FILE, sources);
  if (stat === undefined && /[*?]/.test(path.basename(name))) {
    const folder = path.dirname(name);
    return pictures(name, await fs.readdir(folder).catch(() => []), pattern(path.basename(name)), sources, folder);
  }
  return [await readPicture(name, sources)];
}

const PICTURE_FILE = /\.(?:png|jpe?g|webp|gif|bmp)$/i;

/** `*` and `?` of a file name, for where no shell has put the names in their place. */
function pattern(name: string): RegExp {
  const parts = [...name].map((char) => ({ '*': '.*', '?': '.' })[char] ?? char.replace(/[\\^$.+()|[\]{}]/, '\\$&'));
  return new RegExp(`^${parts.join('')}$`);
}

/** Those of a folder, in the order of their names. */
async function pictures(
  name: string,
  files: readonly string[],
  wanted: RegExp,
  sources: InputSources,
  folder = name,
): Promise<PredictionInput[]> {
  const inputs: PredictionInput[] = [];
  for (const file of files.filter((each) => wanted.test(each)).sort()) {
    try {
      inputs.push(await readPicture(path.join(folder, file), sources));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      sources.warn(`${error.message}; it is left out`);
    }
  }
  if (inputs.length === 0) throw new DataError(`there is no picture in ${name}`, { hint: PICTURE_HINT });
  return inputs;
}

async function readPicture(input: string, { dataset }: InputSources): Promise<PredictionInput> {
  const name = fileName(input);
  const picture = await decodePicture(await readFile(input), name);
  const { image, changes } = prepareImage(picture, dataset);
  return { input: name, image, changes: [...picture.changes, ...changes] };
}

async function testImages(first: number, last: number, sources: InputSources): Promise<PredictionInput[]> {
  const { images, labels } = await sources.loadTest();
  const { imageShape, classes } = sources.dataset;
  const missing = [first, last].find((index) => index >= labels.length);
  if (missing !== undefined) {
    throw new UsageError(`there is no test image ${missing}`, { hint: `They are numbered 0 to ${labels.length - 1}.` });
  }
  if (first > last) throw new UsageError(`${first}-${last} is no range`, { hint: `For example: ${last}-${first}` });
  return Array.from(labels.subarray(first, last + 1), (label, i) => ({
    input: `test image ${first + i}`,
    image: imageAt(images, first + i, imageShape),
    changes: [],
    actual: classes[label] ?? String(label),
  }));
}

/** No camera writes a larger picture. */
const MOST_BYTES = 256 * 1024 * 1024;

function readFile(file: string): Promise<Uint8Array> {
  return readBoundedOrPipe(file, { most: MOST_BYTES }).catch(unreadable(file));
}

function filesOf(folder: string): Promise<string[]> {
  return fs.readdir(folder).catch(unreadable(folder));
}

function unreadable(name: string): (cause: unknown) => never {
  return (cause) => {
    const problem = hasCode(cause, 'ENOENT')
      ? `there is no file ${name}`
      : `${name} cannot be read: ${readingProblem(cause)}`;
    throw new DataError(problem, { hint: PICTURE_HINT, cause });
  };
}
