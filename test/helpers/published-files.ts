import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataCache, defaultDataCache } from '../../src/data/cache.js';
import { DATA_FILES, type DataFile } from '../../src/data/files.js';
import { realDataset } from './real-data.js';

const FOLDER = join(tmpdir(), 'fmnist-test-published');

/** The real files as a mirror publishes them, gzipped, by name; compressed once a machine, since it takes seconds. */
export async function publishedFiles(): Promise<ReadonlyMap<string, Buffer>> {
  await realDataset();
  const cache = new DataCache(defaultDataCache());
  const files = Object.values<DataFile>(DATA_FILES).map(async ({ name, bytes }) => {
    const payload = (await cache.read(name, bytes)) ?? Buffer.alloc(0);
    return [`${name}.gz`, await compressed(name, payload)] as const;
  });
  return new Map(await Promise.all(files));
}

async function compressed(name: string, payload: Uint8Array): Promise<Buffer> {
  const path = join(FOLDER, `${name}.gz`);
  try {
    return await readFile(path);
  } catch {
    const bytes = gzipSync(payload, { level: 1 });
    await mkdir(FOLDER, { recursive: true });
    await writeFile(`${path}.${process.pid}`, bytes);
    await rename(`${path}.${process.pid}`, path);
    return bytes;
  }
}
