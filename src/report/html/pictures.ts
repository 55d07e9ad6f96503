import { percent } from '../charts/chart.js';
import type { Guess, Report, Sheet, TestResult } from '../schema.js';
import { html, type Markup, Markup as Raw } from './markup.js';

/** Screen pixels across one pixel of a test image. */
export const ZOOM = 2;

/** Screen pixels between the pictures of a sheet. */
export const GAP = 4;

/** The style of one picture of a sheet, in screen pixels. */
export function tileStyle({ width, height, columns, count }: Omit<Sheet, 'png'>, i: number, zoom: number): string {
  const rows = Math.ceil(count / columns);
  const [x, y] = [(i % columns) * width * zoom, Math.floor(i / columns) * height * zoom];
  return [
    `width:${width * zoom}px;height:${height * zoom}px`,
    `background-position:${-x}px ${-y}px;background-size:${columns * width * zoom}px ${rows * height * zoom}px`,
  ].join(';');
}

/** All pictures of a sheet of their own, as one picture. */
export function sheetTiles(sheet: Sheet, zoom: number, words: string): Markup {
  const tiles = Array.from({ length: sheet.count }, (_, i) => html`<i style="${tileStyle(sheet, i, zoom)}"></i>`);
  const across = sheet.columns * (sheet.width * zoom + GAP);
  return html`<div class="sheet" role="img" aria-label="${words}" style="--sheet:url(${sheet.png});max-width:${across}px">${tiles}</div>`;
}

/** The rule that gives all pictures their sheet, once. */
export function sheetRule({ pictures }: Report): Markup {
  return new Raw(pictures === null ? '' : `.picture{background-image:url(${pictures.png})}`);
}

/** Test images with what they are and what they were taken for. */
export function guessTiles(report: Report, guesses: readonly Guess[], names: readonly string[]): Markup {
  return html`<ul class="tiles">${guesses.map((guess) => guessTile(report, guess, names))}</ul>`;
}

/** Some pictures of a cell of a confusion matrix. */
export function cellPictures(report: Report, test: TestResult, actual: number, predicted: number): Markup {
  const { confusion, cells } = test;
  const names = namesOf(test);
  const name = (c: number) => names[c] ?? String(c);
  const count = confusion[actual]?.[predicted] ?? 0;
  const guesses = cells.find((cell) => cell.actual === actual && cell.predicted === predicted)?.guesses ?? [];
  const shown = guesses.length > 0 && guesses.length < count ? `, ${guesses.length} of them here` : '';
  return html`<h4>${actual === predicted ? `${name(actual)}, recognised` : `${name(actual)}, taken for ${name(predicted)}`}</h4>
<p class="facts">${count} image${count === 1 ? '' : 's'}${shown}</p>${guessTiles(report, guesses, names)}`;
}

export function namesOf({ classes }: TestResult): string[] {
  return classes.map(({ name }) => name);
}

function guessTile(
  { pictures }: Report,
  { index, actual, predicted, probability }: Guess,
  names: readonly string[],
): Markup {
  const name = (c: number) => names[c] ?? String(c);
  const at = pictures?.indices.indexOf(index) ?? -1;
  const picture =
    pictures === null || at < 0
      ? ''
      : html`<span class="picture" role="img" aria-label="test image ${index}" style="${tileStyle(pictures, at, ZOOM)}"></span>`;
  const sure = probability === null ? '' : percent(probability);
  const words =
    actual === predicted
      ? html`<b>${name(actual)}</b> <small>${sure}</small>`
      : html`<b>${name(actual)}</b><br>taken for ${name(predicted)} <small>${sure}</small>`;
  return html`<li class="tile">${picture}${words}</li>`;
}
