import type { ClassReport } from '../../training/contracts/events.js';
import { cut, padEnd, stringWidth } from '../lines.js';

const HEADS = { roomy: ['precision', 'recall', 'F1', 'images'], tight: ['prec', 'recall', 'F1', 'n'] } as const;

const WIDEST_NAME = 30;
/** Of more classes than this only the worst are shown. */
const MOST_CLASSES = 40;
const WORST = 20;

/**
 * Precision, recall and F1 of each class (the worst ones of many) and the plain means of all, as aligned lines without
 * colour.
 * `width`: columns there are.
 */
export function classTable(classes: readonly ClassReport[], width = Number.POSITIVE_INFINITY): string[] {
  const rows = [...(classes.length > MOST_CLASSES ? worst(classes) : classes), macroMean(classes)];
  const nameWidth = Math.min(WIDEST_NAME, Math.max(5, ...rows.map((row) => stringWidth(row.name))));
  const roomy = nameWidth + 4 * 11 <= width;
  const line = (name: string, cells: readonly string[]) =>
    `${padEnd(cut(name, nameWidth), nameWidth)}${cells.map((cell) => cell.padStart(roomy ? 11 : 7)).join('')}`;
  return [
    ...(classes.length > MOST_CLASSES ? [`the ${WORST} of ${classes.length} classes with the lowest F1`] : []),
    line('class', roomy ? HEADS.roomy : HEADS.tight),
    ...rows.map((row) =>
      line(row.name, [
        ...[row.precision, row.recall, row.f1].map((x) => x.toFixed(roomy ? 4 : 3)),
        String(row.support),
      ]),
    ),
  ];
}

function worst(classes: readonly ClassReport[]): ClassReport[] {
  return classes.toSorted((a, b) => a.f1 - b.f1).slice(0, WORST);
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
