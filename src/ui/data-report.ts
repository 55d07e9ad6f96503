import chalk from 'chalk';
import { commandLine } from '../command-line.js';
import type { Dataset } from '../data/dataset.js';
import type { Description } from '../data/describe.js';
import * as format from './format.js';
import { wrapBehind, wrapWords } from './lines.js';
import { type Column, renderTable } from './table.js';

const COLUMNS: readonly Column[] = [{ title: 'File' }, { title: 'Bytes', align: 'right' }];

/** What a data set holds, where each of its files came from, and what was passed over on the way. */
export function renderDataReport({ spec, train, test, files, notes }: Dataset, width: number): string[] {
  const counts = `${format.count(train.labels.length)} training and ${format.count(test.labels.length)} test images`;
  const verified = spec.kind === 'files' ? ', every file verified by its SHA-256' : '';
  const rows = files.map(({ name, bytes }) => [name, format.count(bytes)]);
  const sources = [...new Set(files.map(({ source }) => source))];
  const from = (source: string) => files.flatMap((file) => (file.source === source ? [file.name] : []));
  return [
    ...wrapWords(`${chalk.bold(spec.title)}: ${counts}${verified}`, width),
    ...(files.length === 0 ? [] : renderTable(COLUMNS, rows, { width })),
    ...sources.flatMap((source) => {
      const which = sources.length === 1 ? '' : `: ${from(source).join(', ')}`;
      return wrapBehind('from ', `${chalk.cyan(source)}${which}`, width);
    }),
    ...notes.flatMap((note) => wrapBehind(`${chalk.yellow('passed over')} `, note, width)),
  ];
}

/** What a manifest was written of, and what to type next. */
export function renderDescription(description: Description & { readonly path: string }): string[] {
  const { path, manifest, trainCount, testCount, notes } = description;
  const { imageShape, classes, testSplit = 0 } = manifest;
  const test =
    testCount === undefined
      ? `, ${format.percent(testSplit, 0)} of which are drawn as test images`
      : ` and ${format.count(testCount)} test images`;
  const train = testCount === undefined ? `${format.count(trainCount)} images` : `${format.count(trainCount)} training`;
  return [
    `wrote ${path}: ${train}${test}, ${imageShape.join('×')}, ${classes.length} classes`,
    ...notes.map((note) => `${chalk.yellow('note')} ${note}`),
    '',
    `next: ${chalk.bold(commandLine('data', '--data', path))}`,
  ];
}
