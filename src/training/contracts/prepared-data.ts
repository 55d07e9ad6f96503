import type { Split } from '../../data/splits.js';
import type { ImagePool } from '../../engine/engine.js';
import type { DataCounts } from './events.js';

/** Every image of a run in one array, and which of them do what. */
export interface PreparedData {
  readonly pool: ImagePool;
  readonly split: Split;
  readonly counts: DataCounts;
  /** SHA-256 that identifies the data set. */
  readonly fingerprint: string;
}
