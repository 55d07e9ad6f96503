import stringWidth from 'string-width';
import type { ClassReport } from '../training/events.js';

/** Precision, recall and F1 of each class and their plain means, as aligned lines without colour. */
export function classTable(classes: readonly ClassReport[]): string[] {
  const rows = [...classes, macroMean(classes)];
  const width = Math.max(5, ...rows.map((row) => stringWidth(row.name)));
  const line = (name: string, cells: readonly string[]) =>
    `${padEnd(name, width)}${cells.map((cell) => cell.padStart(11)).join('')}`;
  return [
    line('class', ['precision', 'recall', 'F1', 'images']),
    ...rows.map((row) =>
      line(row.name, [...[row.precision, row.recall, row.f1].map((x) => x.toFixed(4)), String(row.support)]),
    ),
  ];
}

function macroMean(classes: readonly ClassReport[]): ClassReport {
  const mean = (of: (row: ClassReport) => number) =>
    classes.reduce((sum, row) => sum + of(row), 0) / Math.max(1, classes.length);
  return {
    name: 'mean',
    precision: mean((row) => row.precision),
    recall: mean((row) => row.recall),
    f1: mean((row) => row.f1),
    support: classes.reduce((sum, row) => sum + row.support, 0),
  };
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}
