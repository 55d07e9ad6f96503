import { concatenated } from '../arrays.js';
import { UsageError } from '../errors.js';

export const VALIDATION_MODES = ['honest', 'keras', 'none'] as const;
type ValidationMode = (typeof VALIDATION_MODES)[number];

export interface SplitRequest {
  /** Training images that there are. */
  readonly trainCount: number;
  /** Test images that there are. */
  readonly testCount: number;
  /** Use the first so many training images only. */
  readonly limit?: number | undefined;
  /** Augmented copies to append; 0 for none. */
  readonly augmented: number;
  /** The part of the images that is held out, from the end as Keras takes it: [0, 1). */
  readonly validationSplit: number;
  readonly mode: ValidationMode;
}

/**
 * Which images do what, as indices into the pool: originals (the first `originals` training images), then the
 * augmented copies, then the test images.
 */
export interface Split {
  readonly originals: number;
  readonly augmented: number;
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
  /** Copies are drawn from the originals 0 … copiesFrom − 1. */
  readonly copiesFrom: number;
}

/**
 * - `honest`: the last part of the originals is held out, and copies are made of the rest only.
 * - `keras`: copies of any original are appended and the last part of the whole is held out, as `fit` does with
 *   `validation_split`. It leaks: with 30,000 copies of 60,000 images it holds out nothing but copies of training images.
 * - `none`: nothing is held out.
 *
 * @throws UsageError when a part would be empty or a number is out of range
 */
export function splitPool(request: SplitRequest): Split {
  const { trainCount, testCount, augmented, validationSplit } = request;
  requireWholeNumber('--limit', request.limit ?? 1, 1);
  requireWholeNumber('--augment', augmented, 0);
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new UsageError(`the validation split is ${validationSplit}, not a part from 0 to below 1`, {
      hint: 'For example --validation-split 0.25.',
    });
  }
  const originals = Math.min(trainCount, request.limit ?? trainCount);
  const mode = validationSplit === 0 ? 'none' : request.mode;
  const split = { originals, augmented, test: range(originals + augmented, testCount) };
  const all = originals + augmented;
  switch (mode) {
    case 'honest': {
      const kept = trainingPart(originals, validationSplit);
      return {
        ...split,
        train: concatenated(Int32Array, [range(0, kept), range(originals, augmented)]),
        validation: range(kept, originals - kept),
        copiesFrom: kept,
      };
    }
    case 'keras': {
      const kept = trainingPart(all, validationSplit);
      return { ...split, train: range(0, kept), validation: range(kept, all - kept), copiesFrom: originals };
    }
    case 'none':
      return { ...split, train: range(0, all), validation: new Int32Array(0), copiesFrom: originals };
  }
}

/** Keras: `split_at = int(math.floor(count * (1.0 - validation_split)))`. */
function trainingPart(count: number, validationSplit: number): number {
  const kept = Math.floor(count * (1 - validationSplit));
  if (kept > 0 && kept < count) return kept;
  const empty = kept === 0 ? 'train on' : 'validate with';
  throw new UsageError(`${count} images split at ${validationSplit} leave none to ${empty}`, {
    hint: 'Raise --limit, change --validation-split, or use --validation none.',
  });
}

function requireWholeNumber(flag: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new UsageError(`${flag} is ${value}, not a whole number from ${least}`);
}

function range(start: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => start + i);
}
