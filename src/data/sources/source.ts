import type { DataFile } from '../../datasets/spec.js';

/** How far a download has come. */
export interface DataProgress {
  /** The source, for people. */
  readonly source: string;
  /** What is being fetched, e.g. a file's name or `package lists`. */
  readonly what: string;
  /** 0 … 1, where it is known. */
  readonly fraction: number | undefined;
  readonly bytes: number | undefined;
  /** Whether the source has not answered yet. */
  readonly asking?: boolean;
  /** Sources that could not be reached before this one. */
  readonly unreachable?: readonly string[];
}

/** What a source may use. */
export interface SourceContext {
  /** The data set's folder in the cache. */
  readonly cacheDir: string;
  /** The folder of `--data-dir` or `FMNIST_DATA_DIR`. */
  readonly dataDir: string | undefined;
  /** Makes a folder that is removed at the end. Throws DataError when the cache cannot be written. */
  readonly scratch: () => Promise<string>;
  readonly onProgress: (progress: DataProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** A place that may have the files. */
export interface Source {
  /** For people: says where exactly. */
  readonly name: string;
  /** Whether it needs the network: skipped by `--offline`, and its files are kept in the cache. */
  readonly remote: boolean;
  /**
   * The file's bytes as found, gzipped or not, unverified; undefined when it is not there.
   * @throws SourceUnavailable when there is no use in asking this source for another file
   */
  read(file: DataFile): Promise<Uint8Array | undefined>;
}

/** Makes the source for one acquisition; undefined when it does not apply. */
export type SourceFactory = (context: SourceContext) => Source | undefined;

/** The source as a whole cannot be used: no route to it, or its tools are not here. */
export class SourceUnavailable extends Error {}
