/** What `--tta` and `evaluation.tta` may name. */
export { TTA, type Tta } from '../augment/views.js';

/** The model when none is named: it trains in minutes on any machine. */
export const DEFAULT_MODEL = 'conv-pool';

export const DEFAULT_SEED = 42;
export const LARGEST_SEED = 2 ** 32 - 1;
