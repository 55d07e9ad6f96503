import { DataError } from '../errors.js';
import type { EpochEnd } from '../training/contracts/events.js';
import { epochEndSchema } from '../training/contracts/state.js';

const COLUMNS = [
  ['epoch', 'epoch'],
  ['steps', 'steps'],
  ['loss', 'loss'],
  ['accuracy', 'accuracy'],
  ['val_loss', 'valLoss'],
  ['val_accuracy', 'valAccuracy'],
  ['learning_rate', 'learningRate'],
  ['ms_per_step', 'msPerStep'],
  ['seconds', 'seconds'],
  ['best', 'best'],
  ['ema_val_loss', 'emaValLoss'],
  ['ema_val_accuracy', 'emaValAccuracy'],
] as const satisfies readonly (readonly [string, keyof EpochEnd])[];

/** A header and one row an epoch; a value that is missing is an empty cell. */
export function metricsCsv(history: readonly EpochEnd[]): string {
  const rows = history.map((epoch) => COLUMNS.map(([, field]) => epoch[field] ?? ''));
  return [COLUMNS.map(([title]) => title), ...rows].map((row) => `${row.join(',')}\n`).join('');
}

export function metricsJsonl(history: readonly EpochEnd[]): string {
  return history.map((epoch) => `${JSON.stringify(epoch)}\n`).join('');
}

/**
 * Reads what {@link metricsJsonl} wrote. `source` names the file in errors.
 *
 * @throws {DataError} naming the line.
 */
export function parseMetricsJsonl(text: string, source: string): EpochEnd[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = epochEndSchema.safeParse(parseJson(line));
    if (parsed.success) return [parsed.data];
    const issue = parsed.error.issues[0];
    throw new DataError(`${source}: line ${index + 1} has a bad ${issue?.path.join('.') || 'form'}`, {
      hint: 'The file is damaged; the history is also in the checkpoint, and --resume writes it anew.',
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
