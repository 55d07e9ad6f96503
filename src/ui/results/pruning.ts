import type { RunListing } from '../../runs/read.js';
import * as format from '../format.js';
import { runTable } from './run-list.js';

/** What pruning would remove. */
export interface PruningPlan {
  readonly runs: readonly RunListing[];
  readonly slimmed: readonly { readonly name: string; readonly bytes: number }[];
  readonly bytes: number;
}

/** What goes, as lines of at most `width` columns. */
export function renderPruning({ runs, slimmed, bytes }: PruningPlan, width: number): string[] {
  if (runs.length === 0 && slimmed.length === 0) return ['There is nothing to remove.'];
  return [
    ...(runs.length === 0 ? [] : [`To be removed: ${format.plural(runs.length, 'run')}`, ...runTable(runs, width), '']),
    ...(slimmed.length === 0
      ? []
      : [
          `To lose their spare checkpoints: ${format.plural(slimmed.length, 'run')}`,
          ...slimmed.map((run) => `  ${run.name}  ${format.bytes(run.bytes)}`),
          '',
        ]),
    `That makes room of ${format.bytes(bytes)}.`,
  ];
}

export function pruningQuestion({ runs, slimmed }: PruningPlan): string {
  const parts = [
    ...(runs.length === 0 ? [] : [`${format.plural(runs.length, 'run')} with all checkpoints`]),
    ...(slimmed.length === 0 ? [] : [`the spare checkpoints of ${format.plural(slimmed.length, 'run')}`]),
  ];
  return `Remove ${parts.join(' and ')}?`;
}
