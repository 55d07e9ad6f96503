import { stat } from 'node:fs/promises';
import { DataError } from '../errors.js';
import { type AcquiredFile, acquire } from './acquire.js';
import { defaultDataCache } from './cache.js';
import { parseIdx } from './idx.js';
import { SOURCES } from './sources/index.js';
import type { DataProgress, SourceFactory } from './sources/source.js';
import { syntheticDataset } from './synthetic.js';

export type DatasetName = 'fashion-mnist' | 'synthetic';

/** Images as bytes, [N, 28, 28, 1] row by row, and their labels, [N], 0 … 9. */
export interface LabelledImages {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface Dataset {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Where it came from, for people. */
  readonly source: string;
  /** Sources passed over and why, one line each. */
  readonly notes: readonly string[];
  readonly synthetic: boolean;
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
  /** Default `fashion-mnist`. */
  readonly dataset?: DatasetName | undefined;
  /** Folder of the downloaded files; default `$XDG_CACHE_HOME/fmnist/data`. */
  readonly cacheDir?: string | undefined;
  /** A folder with the four files, gzipped or not. */
  readonly dataDir?: string | undefined;
  /** Use nothing but what is on this machine. */
  readonly offline?: boolean | undefined;
  readonly onProgress?: ((progress: DataProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The places to look, in order; default {@link SOURCES}. */
  readonly sources?: readonly SourceFactory[] | undefined;
}

/**
 * Fashion-MNIST, 60,000 training and 10,000 test images, verified to the byte, from the first source that has it;
 * or the small synthetic set, when it is asked for by name.
 *
 * @throws DataError when it cannot be had or kept
 */
export async function loadDataset(options: LoadOptions = {}): Promise<Dataset> {
  if (options.dataset === 'synthetic') return syntheticDataset();
  if (options.dataDir !== undefined) await requireFolder(options.dataDir);
  const { files, notes } = await acquire({
    cacheDir: options.cacheDir ?? defaultDataCache(),
    dataDir: options.dataDir,
    offline: options.offline ?? false,
    sources: options.sources ?? SOURCES,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  });
  const acquired = Object.values(files);
  const sources = [...new Set(acquired.map((f) => f.source))];
  return {
    train: { images: elements(files.trainImages), labels: elements(files.trainLabels) },
    test: { images: elements(files.testImages), labels: elements(files.testLabels) },
    source: sources.join(' and '),
    notes,
    synthetic: false,
    files: acquired.map(({ file, source }) => ({ ...file, source })),
  };
}

function elements({ file, payload }: AcquiredFile): Uint8Array {
  return parseIdx(payload, file.name).data;
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new DataError(`the data folder ${folder} ${found === undefined ? 'does not exist' : 'is not a folder'}`, {
    hint: 'Name a folder that holds train-images-idx3-ubyte.gz and its three companions, or leave --data-dir (FMNIST_DATA_DIR) out.',
  });
}
