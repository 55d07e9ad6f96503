import type { Input } from './format.js';
import type { FormatName } from './formats.js';

/** How near an export comes to the engine. */
export interface Verification {
  readonly runtime: string;
  readonly engine: string;
  readonly images: number;
  /** The largest difference of two probabilities. */
  readonly difference: number;
  /** Images whose most likely class is the same. */
  readonly sameClass: number;
}

/** What `fmnist export --json` prints. */
export interface ExportReport {
  readonly model: string;
  /** The file of the weights. */
  readonly weights: string;
  readonly format: FormatName;
  readonly out: string;
  readonly bytes: number;
  readonly input: Input;
  /** Undefined where it was not verified. */
  readonly verified: Verification | undefined;
  /** Why it was not, where that was not asked for. */
  readonly unverified: string | undefined;
}
