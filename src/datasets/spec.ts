import type { ImageShape } from '../image.js';

/** One file of a data set. */
export interface DataFile {
  readonly name: string;
  /** Size of the payload, decompressed. */
  readonly bytes: number;
  /** SHA-256 of the payload: mirrors and Debian compress differently, so the .gz has no one hash. */
  readonly sha256: string;
}

/** A place that may have the files; `cache` and `data-dir` are where the user has them. */
export type SourceSpec =
  | { readonly kind: 'cache' | 'former-cache' | 'data-dir' }
  /** Where a package of the system puts them. */
  | { readonly kind: 'system'; readonly folder: string }
  | { readonly kind: 'folder'; readonly folder: string }
  /** A web folder with the gzipped files; `url` ends in a slash. */
  | { readonly kind: 'mirror'; readonly url: string }
  /** A Debian package that holds the files in `folder`. */
  | { readonly kind: 'apt'; readonly package: string; readonly folder: string };

/** What is known of a data set before a byte of it is read: plain values, which another process can be sent. */
export type DatasetSpec = FileDataset | SyntheticDataset;

/** What models, pictures and tables have to know of a data set. */
export interface DatasetDescription {
  /** In flags, settings and the cache. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly imageShape: ImageShape;
  /** What the labels 0, 1, 2, … mean: 256 at most, since labels are bytes. */
  readonly classes: readonly string[];
  /**
   * Whether the images are bright things on black, in the middle, as MNIST's family has them: pictures to predict are
   * then greyed, inverted, cut out and centred alike.
   */
  readonly onBlack: boolean;
}

/** Images and labels in IDX files. */
export interface FileDataset extends DatasetDescription {
  readonly kind: 'files';
  readonly train: ImageFiles;
  /** The test images' own files, or the share of the training files' images that are drawn as test images. */
  readonly test: ImageFiles | number;
  /** Where the files may be, in the order in which the places are tried. */
  readonly sources: readonly SourceSpec[];
  /** The full path of the manifest that describes it; undefined for the data sets that have a name. */
  readonly manifest?: string;
  /** What a file of the right size and another SHA-256 probably is. */
  readonly lookalike?: string;
}

export interface ImageFiles {
  readonly images: DataFile;
  readonly labels: DataFile;
}

/** Images that are computed: for smoke runs. */
export interface SyntheticDataset extends DatasetDescription {
  readonly kind: 'synthetic';
  readonly trainCount: number;
  readonly testCount: number;
}

/** What a model of these images is built for. */
export function modelInput({ imageShape, classes }: Pick<DatasetDescription, 'imageShape' | 'classes'>) {
  return { inputShape: imageShape, classes: classes.length };
}

/** Every file of a data set, in a fixed order. */
export function datasetFiles({ train, test }: FileDataset): DataFile[] {
  return [train, ...(typeof test === 'number' ? [] : [test])].flatMap(({ images, labels }) => [images, labels]);
}
