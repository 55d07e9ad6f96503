import type { ModelSummary } from '../model/summary.js';
import * as format from './format.js';
import { renderTable } from './table.js';

/** Keras' summary table with memory and work beside it. */
export function renderSummary(summary: ModelSummary): string {
  const rows = summary.layers.map((layer) => [
    `${'  '.repeat(layer.depth)}${layer.name} (${layer.type})`,
    formatShape(layer.outputShape),
    format.count(layer.parameters),
    format.bytes(layer.weightBytes + layer.activationBytes),
    formatMflop(layer.flops),
  ]);
  const { total, trainable, nonTrainable } = summary.parameters;
  const table = renderTable(
    [
      { title: 'Layer (type)' },
      { title: 'Output shape' },
      { title: 'Parameters', align: 'right' },
      { title: 'Memory', align: 'right' },
      { title: 'MFLOP', align: 'right' },
    ],
    rows,
    [
      'Total',
      '',
      format.count(total),
      format.bytes(summary.weightBytes + summary.activationBytes),
      formatMflop(summary.flops),
    ],
  );
  return [
    `Model: ${summary.name}`,
    '',
    table,
    '',
    `Parameters: ${format.count(total)} (${format.count(trainable)} trainable, ${format.count(nonTrainable)} not), ${format.bytes(summary.weightBytes)} as float32`,
    `One image:  ${format.bytes(summary.activationBytes)} of activations, ${formatMflop(summary.flops)} MFLOP forward, about ${formatMflop(3 * summary.flops)} in a training step`,
    '',
  ].join('\n');
}

function formatShape(shape: readonly number[]): string {
  return `(None, ${shape.join(', ')})`;
}

function formatMflop(flops: number): string {
  return (flops / 1e6).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
