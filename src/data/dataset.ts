import { stat } from 'node:fs/promises';
import { fashionMnist } from '../datasets/fashion-mnist.js';
import { type DataFile, type DatasetSpec, datasetFiles, type FileDataset } from '../datasets/spec.js';
import { DataError } from '../errors.js';
import type { LabelledImages } from '../image.js';
import { type AcquiredFile, acquire } from './acquire.js';
import { defaultDataCache } from './cache.js';
import { parseIdx } from './idx.js';
import { drawTestImages, labelledImages, type NamedArray } from './labelled-images.js';
import { openSource } from './sources/index.js';
import type { DataProgress, SourceFactory } from './sources/source.js';
import { drawSynthetic } from './synthetic.js';

export interface Dataset {
  readonly spec: DatasetSpec;
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Where it came from, for people. */
  readonly source: string;
  /** Sources passed over and why, one line each. */
  readonly notes: readonly string[];
  /** Those of the notes that tell of something amiss, e.g. a damaged file. */
  readonly warnings: readonly string[];
  /** Where each file came from; empty for the synthetic set. */
  readonly files: readonly FileReport[];
}

interface FileReport {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly source: string;
}

export interface LoadOptions {
  /** Default Fashion-MNIST. */
  readonly dataset?: DatasetSpec | undefined;
  /** Folder of the downloaded files; default `$XDG_CACHE_HOME/fmnist/data/<name>`. */
  readonly cacheDir?: string | undefined;
  /** A folder with the files, gzipped or not. */
  readonly dataDir?: string | undefined;
  /** Use nothing but what is on this machine. */
  readonly offline?: boolean | undefined;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The places to look, in order; default the data set's own. */
  readonly sources?: readonly SourceFactory[] | undefined;
}

/**
 * A data set's training and test images: files verified to the byte, from the first source that has them, or computed.
 *
 * @throws DataError when it cannot be had or kept
 */
export async function loadDataset(options: LoadOptions = {}): Promise<Dataset> {
  const spec: DatasetSpec = options.dataset ?? fashionMnist;
  if (spec.kind === 'synthetic')
    return { spec, ...drawSynthetic(spec), source: spec.title, notes: [], warnings: [], files: [] };
  return loadFiles(spec, options);
}

async function loadFiles(spec: FileDataset, options: LoadOptions): Promise<Dataset> {
  if (options.dataDir !== undefined) await requireFolder(options.dataDir, spec);
  const { files, notes, warnings } = await acquire({
    files: datasetFiles(spec),
    lookalike: spec.lookalike,
    notFound: (file, problems) =>
      spec.manifest === undefined ? notFetched(file, options, problems) : notBeside(spec.manifest, file, problems),
    cacheDir: options.cacheDir ?? defaultDataCache(spec.name),
    dataDir: options.dataDir,
    offline: options.offline ?? false,
    sources: options.sources ?? spec.sources.map(openSource),
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  });
  return {
    spec,
    ...splitFiles(spec, files),
    source: [...new Set(files.map(({ source }) => source))].join(' and '),
    notes,
    warnings,
    files: files.map(({ file, source }) => ({ ...file, source })),
  };
}

/** The training and test images of files in the order of {@link datasetFiles}. */
function splitFiles(spec: FileDataset, files: readonly AcquiredFile[]): Pick<Dataset, 'train' | 'test'> {
  const [trainImages, trainLabels, testImages, testLabels] = files;
  const train = readImages(spec, trainImages, trainLabels);
  if (typeof spec.test === 'number') return drawTestImages(train, spec.test, spec);
  return { train, test: readImages(spec, testImages, testLabels) };
}

function readImages(spec: FileDataset, images?: AcquiredFile, labels?: AcquiredFile): LabelledImages {
  if (images === undefined || labels === undefined) throw new Error(`${spec.name} lists fewer files than it has`);
  return labelledImages(spec, parsed(images), parsed(labels));
}

function parsed({ file, payload }: AcquiredFile): NamedArray {
  return { name: file.name, ...parseIdx(payload, file.name) };
}

function notFetched(file: DataFile, { offline, dataDir }: LoadOptions, problems: readonly string[]): DataError {
  const where = dataDir === undefined ? '' : ` and not in ${dataDir}`;
  return new DataError(
    offline
      ? `${file.name} is not on this machine${where}, and --offline forbids fetching it`
      : `${file.name} could not be read or fetched from any source`,
    {
      hint: offline
        ? 'Run `$0 data` once with a network, or name a folder with the four files by --data-dir.'
        : 'Check the network or the proxy variables, or name a folder with the four files by --data-dir.',
      problems,
    },
  );
}

/** In one line: a manifest's files are in one or two places, and mostly there is one thing wrong. */
function notBeside(manifest: string, file: DataFile, problems: readonly string[]): DataError {
  const why = problems.length === 0 ? `${file.name} is not beside it, gzipped or not` : problems.join('; ');
  return new DataError(`manifest ${manifest}: ${why}`, {
    hint: 'Name the folder that holds the files by --data-dir, or write the manifest again with `$0 data --describe`.',
  });
}

async function requireFolder(folder: string, { train }: FileDataset): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new DataError(`the data folder ${folder} ${found === undefined ? 'does not exist' : 'is not a folder'}`, {
    hint: `Name a folder that holds ${train.images.name}.gz and its three companions, or leave --data-dir (FMNIST_DATA_DIR) out.`,
  });
}
