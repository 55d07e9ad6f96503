import { printable } from '../text.js';
import type { Doubt, Prediction } from '../training/evaluation/prediction.js';
import { csvLines } from './csv.js';
import * as format from './format.js';
import { renderGrid } from './images.js';
import { cut, padEnd, stringWidth, wrapWords } from './lines.js';
import { bar } from './progress-bar.js';
import { lineWidth, type PictureView } from './results/layout.js';

const GAP = 3;
const WIDEST_BAR = 30;
const WIDEST_PICTURE = 48;
/** Columns for the names of the classes. */
const NAME = { least: 12, most: 30 } as const;

/** The picture that the model saw, and beside it (below, where there is no room) what it sees there, as lines. */
export function renderPrediction(prediction: Prediction, view: PictureView): string[] {
  const width = lineWidth(view);
  const side = Math.min(prediction.image.shape[1], WIDEST_PICTURE);
  const drawn = renderGrid([prediction.image], {
    width: Math.min(width, WIDEST_PICTURE),
    mode: view.pictures,
    columns: 1,
  })
    .trimEnd()
    .split('\n');
  const beside = width >= side + GAP + NAME.least + 20;
  const words = describe(prediction, beside ? width - side - GAP : width, view);
  if (!beside) return [...drawn, ...words];
  const rows = Math.max(drawn.length, words.length + 1);
  return Array.from({ length: rows }, (_, i) => {
    const word = words[i - 1] ?? '';
    return word === '' ? (drawn[i] ?? '') : `${padEnd(drawn[i] ?? '', side + GAP)}${word}`;
  });
}

const DOUBTS: Readonly<Record<Doubt, string>> = {
  blank: 'blank: the answer means nothing',
  unsure: 'unsure: it is like none of the classes',
};

function describe(
  { input, actual, changes, top, doubt }: Prediction,
  width: number,
  { palette }: PictureView,
): string[] {
  const room = Math.min(NAME.most, Math.max(NAME.least, width - 20));
  const names = Math.min(room, Math.max(NAME.least, ...top.map(({ name }) => stringWidth(name))));
  const barWidth = Math.min(WIDEST_BAR, width - names - 10);
  const right =
    actual === undefined
      ? []
      : [actual === top[0]?.name ? `it is: ${actual} ✔` : palette.warning(`it is: ${actual} ✘`)];
  return [
    palette.strong(cut(printable(input), width)),
    ...changes.map((change) => palette.dim(cut(change, width))),
    '',
    ...top.map(({ name, probability }) => {
      const strip = bar(probability, barWidth, palette.train, palette.dim);
      return `${padEnd(cut(name, names), names)} ${strip} ${format.percent(probability, 1).padStart(6)}`;
    }),
    ...(doubt === null ? [] : wrapWords(DOUBTS[doubt], width).map(palette.warning)),
    ...right,
  ];
}

/** A header and a row an image: the likeliest classes with their probabilities. */
export function predictionsCsv(predictions: readonly Prediction[]): string {
  const ranks = (predictions[0]?.top ?? []).map((_, i) => i + 1);
  const header = ['input', 'actual', 'doubt', ...ranks.flatMap((rank) => [`class${rank}`, `probability${rank}`])];
  const rows = predictions.map(({ input, actual, doubt, top }) => [
    ...[input, actual ?? '', doubt ?? ''],
    ...top.flatMap(({ name, probability }) => [name, probability]),
  ]);
  return csvLines([header, ...rows]);
}
