import { randomBytes } from 'node:crypto';
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { DataError, EngineError } from '../errors.js';
import { errorCode, hasCode } from '../files/errors.js';
import { readJson } from '../json/read.js';
import type { RunStart } from '../training/contracts/events.js';

const engineSchema = z.strictObject({ v: z.literal(1), name: z.string() });

/**
 * Holds a sweep to one engine, since scores of several cannot be compared: the first training decides which. It is asked
 * between a run's start and its first step, by whoever trains, on any machine.
 *
 * @throws EngineError where this one is another; DataError where it cannot be kept
 */
export function requireSameEngine(folder: string, { name }: RunStart['engine']): void {
  const file = engineFile(folder);
  const partial = `${file}.${randomBytes(6).toString('hex')}`;
  let known: string;
  try {
    writeFileSync(partial, `${JSON.stringify({ v: 1, name } satisfies z.input<typeof engineSchema>)}\n`, {
      flag: 'wx',
    });
    keepFirst(partial, file);
    known = engineSchema.parse(readJson(file, { what: "sweep's engine", error: DataError, isOurs: true })).name;
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const why = cause instanceof z.ZodError ? 'it is damaged' : (errorCode(cause) ?? String(cause));
    throw new DataError(`the sweep's engine cannot be kept in ${file}: ${why}`, { cause });
  } finally {
    rmSync(partial, { force: true });
  }
  if (known !== name) throw differentEngine(known, name);
}

export function engineFile(folder: string): string {
  return path.join(folder, 'engine.json');
}

export function differentEngine(known: string, name: string): EngineError {
  return new EngineError(`the sweep computes with ${known}, and this machine with ${name}`, {
    hint: 'Choose the same by --device or $0 setup; else begin a sweep of another name.',
  });
}

function keepFirst(partial: string, file: string): void {
  try {
    linkSync(partial, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}
