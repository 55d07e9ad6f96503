import { promises as fs } from 'node:fs';
import type * as z from 'zod';

/** One line for each value. */
export function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/** What can be read of a file: an older run has none, and a line that is cut or damaged is left out. */
export async function readJsonLines<Value>(file: string, schema: z.ZodType<Value>): Promise<Value[]> {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const parsed = schema.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Undefined for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
