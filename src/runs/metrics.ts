import * as z from 'zod';
import { DataError } from '../errors.js';
import { parsePlainJson } from '../json/scan.js';
import { type EpochEnd, epochEndSchema } from '../training/contracts/events.js';

const epochEnd = epochEndSchema.unwrap();
/** Fields of the event that are not figures of its epoch. */
const NO_FIGURES: readonly string[] = ['event', 'epochs'];
const sometimes = (field: keyof EpochEnd) => epochEnd.shape[field] instanceof z.ZodExactOptional;
/** The columns: all figures of an epoch, those that only some runs have last. */
const FIELDS = epochEnd
  .keyof()
  .options.filter((field) => !NO_FIGURES.includes(field))
  .sort((a, b) => Number(sometimes(a)) - Number(sometimes(b)));

/** A header and one row an epoch; a value that is missing is an empty cell. */
export function metricsCsv(history: readonly EpochEnd[]): string {
  const rows = history.map((epoch) => FIELDS.map((field) => epoch[field] ?? ''));
  return [FIELDS.map(snakeCase), ...rows].map((row) => `${row.join(',')}\n`).join('');
}

/** `valLoss` → `val_loss`. */
function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/**
 * Reads what `metrics.jsonl` holds, a line for each epoch. `source` names the file in errors.
 *
 * @throws {DataError} naming the line.
 */
export function parseMetricsJsonl(text: string, source: string): EpochEnd[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const parsed = epochEndSchema.safeParse(parsePlainJson(line));
    if (parsed.success) return [parsed.data];
    const issue = parsed.error.issues[0];
    throw new DataError(`${source}: line ${index + 1} has a bad ${issue?.path.join('.') || 'form'}`, {
      hint: 'The file is damaged; the history is also in the checkpoint, and --resume writes it again.',
    });
  });
}
