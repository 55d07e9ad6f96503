import { DataCache, formerDataCache } from '../cache.js';
import type { Source, SourceFactory } from './source.js';

/** What an earlier run fetched and verified; it is verified again, since disks and people change files. */
export const cacheSource: SourceFactory = ({ cacheDir }) => readCache(cacheDir);

/** The same in the place where version 0.1 kept it. */
export const formerCacheSource: SourceFactory = () => readCache(formerDataCache());

function readCache(folder: string): Source {
  const cache = new DataCache(folder);
  return { name: `cache ${folder}`, remote: false, read: (file) => cache.read(file.name, file.bytes) };
}
