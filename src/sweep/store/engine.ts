import { existsSync } from 'node:fs';
import { nodeFileSystem, writeOnce } from '../../files/file-system.js';
import { readIfThere } from '../../files/read.js';
import { MOST_BYTES } from '../../json/read.js';
import { differentEngine, engineFile } from '../engine.js';
import type { Bucket } from './bucket.js';
import { ENGINE } from './keys.js';

/**
 * Puts what a folder's trainings compute with where all machines of the sweep see it; nothing where none has begun.
 * @throws EngineError where the first training of the sweep, wherever it was, computed with another one
 */
export async function agreeOnEngine(bucket: Bucket, folder: string): Promise<void> {
  const own = await readIfThere(engineFile(folder), { most: MOST_BYTES });
  if (own === undefined) return;
  const { text: first } = await bucket.write(ENGINE, String(own), undefined);
  if (first !== String(own)) throw differentEngine(JSON.parse(first).name, JSON.parse(String(own)).name);
}

/** Brings it into a folder that does not know it yet. It never changes: it is read once. */
export async function bringEngine(bucket: Bucket, folder: string): Promise<void> {
  const file = engineFile(folder);
  if (existsSync(file)) return;
  const engine = await bucket.read(ENGINE);
  if (engine !== undefined) await writeOnce(nodeFileSystem, file, [Buffer.from(engine.text)]);
}
