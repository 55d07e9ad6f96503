import type { ModelSummary } from '../model/summary.js';
import { grouped } from '../text.js';
import * as format from './format.js';
import { wrapWords } from './lines.js';
import { type Column, renderTable } from './table.js';

const COLUMNS: readonly Column[] = [
  { title: 'Layer (type)' },
  { title: 'Output shape', rank: 1 },
  { title: 'Parameters', align: 'right' },
  { title: 'Memory', align: 'right', rank: 2 },
  { title: 'MFLOP', align: 'right', rank: 3 },
];

/** Keras' summary table with memory and work beside it, no wider than `width` columns. */
export function renderSummary(summary: ModelSummary, width = Number.POSITIVE_INFINITY): string[] {
  const { weightBytes, activationBytes, flops } = summary;
  const { total, trainable, nonTrainable } = summary.parameters;
  const rows = summary.layers.map((layer) => {
    const name = `${'  '.repeat(layer.depth)}${layer.name}`;
    return [
      [`${name} (${layer.type})`, name] as const,
      formatShape(layer.outputShape),
      format.count(layer.parameters),
      format.bytes(layer.weightBytes + layer.activationBytes),
      formatMflop(layer.flops),
    ];
  });
  const memory = format.bytes(weightBytes + activationBytes);
  const footer = ['Total', '', format.count(total), memory, formatMflop(flops)];
  return [
    `Model: ${summary.name}`,
    '',
    ...renderTable(COLUMNS, rows, { footer, width }),
    '',
    ...wrapWords(
      `Parameters: ${format.count(total)} (${format.count(trainable)} trainable, ${format.count(nonTrainable)} not), ` +
        `${format.bytes(weightBytes)} as float32`,
      width,
    ),
    ...wrapWords(
      `One image:  ${format.bytes(activationBytes)} of activations, ${formatMflop(flops)} MFLOP forward, ` +
        `about ${formatMflop(3 * flops)} in a training step`,
      width,
    ),
  ];
}

function formatShape(shape: readonly number[]): string {
  return `(None, ${shape.join(', ')})`;
}

function formatMflop(flops: number): string {
  return grouped(flops / 1e6, 2);
}
