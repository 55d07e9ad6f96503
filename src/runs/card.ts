import { promises as fs } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { DataError, UsageError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { nodeFileSystem, writeAtomically } from '../files/file-system.js';
import { readJsonFile } from './read-json-file.js';

/** Whose trial a run is. */
export const sweepTrialSchema = z.strictObject({
  name: z.string(),
  trial: z.int().nonnegative(),
  seed: z.int().nonnegative(),
});
export type SweepTrial = z.output<typeof sweepTrialSchema>;

/** What is said of a run. */
export interface RunLabels {
  readonly note?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly sweep?: SweepTrial | undefined;
}

/** When a run was made, and what is said of it; in `run.json`, which runs of older versions lack. */
const runCardSchema = z.object({
  created: z.iso.datetime(),
  note: z.string().nullable().default(null),
  tags: z.array(z.string()).default([]),
  sweep: sweepTrialSchema.optional(),
});
export type RunCard = z.output<typeof runCardSchema>;

export function cardPath(folder: string): string {
  return path.join(folder, 'run.json');
}

/** Undefined where there is none, or none that can be read: a run can do without. */
export async function readCard(folder: string): Promise<RunCard | undefined> {
  try {
    return runCardSchema.parse(await readJsonFile(cardPath(folder)));
  } catch {
    return undefined;
  }
}

/** The card with a new note, where there is one (an empty one takes it away), and further tags. */
export function labelled(card: RunCard, { note, tags = [], sweep = card.sweep }: RunLabels): RunCard {
  return {
    ...card,
    note: note === undefined ? card.note : note === '' ? null : note,
    tags: [...new Set([...card.tags, ...tags])],
    ...(sweep && { sweep }),
  };
}

/** What stands on the card of a run that has none: nothing but its age. */
export async function blankCard(folder: string): Promise<RunCard> {
  return { created: new Date(await creationTime(folder)).toISOString(), note: null, tags: [] };
}

/** Changes what is said of a run; it may be in training. @throws DataError where it cannot be written */
export async function relabel(folder: string, labels: RunLabels, untag: readonly string[]): Promise<RunCard> {
  const card = labelled((await readCard(folder)) ?? (await blankCard(folder)), labels);
  const changed = { ...card, tags: card.tags.filter((tag) => !untag.includes(tag)) };
  const text = `${JSON.stringify(changed, null, 2)}\n`;
  await writeAtomically(nodeFileSystem, cardPath(folder), [Buffer.from(text)]).catch((cause: unknown) => {
    throw new DataError(`${cardPath(folder)} cannot be written (${errorCode(cause) ?? cause})`, {
      hint: 'Make room there, or give yourself the right to write it; what was said of the run stays as it was.',
      cause,
    });
  });
  return changed;
}

const TAG = /^[\p{L}\p{N}][\p{L}\p{N}._/-]{0,49}$/u;
const LONGEST_NOTE = 1000;

/** @throws UsageError for a tag that a list could not show, or a filter not name */
export function requireLabels({ note = '', tags = [] }: RunLabels): void {
  const bad = tags.find((tag) => !TAG.test(tag));
  if (bad !== undefined) {
    throw new UsageError(`--tag ${JSON.stringify(bad)} must be a word of letters, digits, ".", "_", "/" and "-"`);
  }
  if (note.length > LONGEST_NOTE) throw new UsageError(`--note must have at most ${LONGEST_NOTE} characters`);
}

/**
 * When a run was made, in milliseconds since 1970: by its card, else by its name (to the minute), else by the age of
 * its config.
 */
export async function creationTime(folder: string): Promise<number> {
  const card = await readCard(folder);
  if (card !== undefined) return Date.parse(card.created);
  const [, day, hour, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)-/.exec(path.basename(folder)) ?? [];
  const named = Date.parse(`${day}T${hour}:${minute}:00`);
  if (Number.isFinite(named)) return named;
  return fs.stat(path.join(folder, 'config.json')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
