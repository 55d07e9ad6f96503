import type * as z from 'zod';
import { readBounded } from '../files/read.js';
import { parsePlainJson } from '../json/scan.js';

/** Far beyond the longest run's. */
const MOST_BYTES = 256 * 1024 * 1024;

/** One line for each value. */
export function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** What can be read of a file: an older run has none, and a line that is cut or damaged is left out. */
export async function readJsonLines<Value>(file: string, schema: z.ZodType<Value>): Promise<Value[]> {
  const text = await readBounded(file, { most: MOST_BYTES }).then(String, () => '');
  return text.split('\n').flatMap((line) => {
    const parsed = schema.safeParse(parsePlainJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}
