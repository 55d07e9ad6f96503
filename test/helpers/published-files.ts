import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataCache, defaultDataCache, formerDataCache } from '../../src/data/cache.js';
import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import { datasetFiles } from '../../src/datasets/spec.js';
import { realDataset } from './real-data.js';

const FOLDER = join(tmpdir(), 'fmnist-test-published');

/** The real files as a mirror publishes them, gzipped, by name; compressed once a machine, since it takes seconds. */
export async function publishedFiles(): Promise<ReadonlyMap<string, Buffer>> {
  await realDataset();
  const caches = [defaultDataCache('fashion-mnist'), formerDataCache()].map((folder) => new DataCache(folder));
  const files = datasetFiles(fashionMnist).map(async ({ name, bytes }) => {
    const copies = await Promise.all(caches.map((cache) => cache.read(name, bytes)));
    const payload = copies.find((copy) => copy !== undefined) ?? Buffer.alloc(0);
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
