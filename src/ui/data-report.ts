import chalk from 'chalk';
import { commandLine } from '../command-line.js';
import type { Dataset } from '../data/dataset.js';
import type { Description } from '../data/describe.js';
import * as format from './format.js';

/** What a data set holds, where each of its files came from, and what was passed over on the way. */
export function renderDataReport({ spec, train, test, files, notes }: Dataset): string {
  const counts = `${format.count(train.labels.length)} training and ${format.count(test.labels.length)} test images`;
  const verified = spec.kind === 'files' ? ', every file verified by its SHA-256' : '';
  const lines = [`${chalk.bold(spec.title)}: ${counts}${verified}`];
  const nameWidth = Math.max(0, ...files.map(({ name }) => name.length));
  for (const file of files) {
    const size = `${format.count(file.bytes)} bytes`.padStart(16);
    lines.push(`  ${file.name.padEnd(nameWidth)} ${size}  ${chalk.cyan(file.source)}`);
  }
  for (const note of notes) lines.push(`${chalk.yellow('passed over')} ${note}`);
  return `${lines.join('\n')}\n`;
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
