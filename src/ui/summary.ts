import type { ModelSummary } from '../model/summary.js';
import { renderTable } from './table.js';
import { formatBytes, formatCount } from './units.js';

/** Keras' summary table with memory and work beside it. */
export function renderSummary(summary: ModelSummary): string {
  const rows = summary.layers.map((layer) => [
    `${'  '.repeat(layer.depth)}${layer.name} (${layer.type})`,
    formatShape(layer.outputShape),
    formatCount(layer.parameters),
    formatBytes(layer.weightBytes + layer.activationBytes),
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
      formatCount(total),
      formatBytes(summary.weightBytes + summary.activationBytes),
      formatMflop(summary.flops),
    ],
  );
  return [
    `Model: ${summary.name}`,
    '',
    table,
    '',
    `Parameters: ${formatCount(total)} (${formatCount(trainable)} trainable, ${formatCount(nonTrainable)} not), ${formatBytes(summary.weightBytes)} as float32`,
    `One image:  ${formatBytes(summary.activationBytes)} of activations, ${formatMflop(summary.flops)} MFLOP forward, about ${formatMflop(3 * summary.flops)} in a training step`,
    '',
  ].join('\n');
}

function formatShape(shape: readonly number[]): string {
  return `(None, ${shape.join(', ')})`;
}

function formatMflop(flops: number): string {
  return (flops / 1e6).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}
