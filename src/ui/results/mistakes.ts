import type { Mistake } from '../../training/contracts/events.js';
import * as format from '../format.js';
import { renderGrid } from '../images.js';
import { wrapWords } from '../lines.js';
import { lineWidth, type PictureView } from './layout.js';

/** Enough columns to recognise a picture of 28 pixels. */
const COLUMNS_EACH = 26;

/** One row of the most confident mistakes as pictures, with what they are and what they were taken for. */
export function mostConfidentMistakes(mistakes: readonly Mistake[], view: PictureView): string[] {
  const width = lineWidth(view);
  const columns = Math.max(2, Math.floor(width / COLUMNS_EACH));
  const shown = mistakes.slice(0, columns);
  if (shown.length === 0) return [];
  const pictures = shown.map(({ image, actual, predicted, index, probability }) => ({
    ...image,
    label: `${index}: ${actual}\n→ ${predicted} ${format.percent(probability, 0)}`,
  }));
  return [
    ...wrapWords('most confident mistakes (test image: true → predicted)', width),
    ...renderGrid(pictures, { width, mode: view.pictures, columns }).trimEnd().split('\n'),
  ];
}
