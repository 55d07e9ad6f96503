import { DataCache } from '../cache.js';
import type { SourceFactory } from './source.js';

/** What an earlier run fetched and verified; it is verified again, since disks and people change files. */
export const cacheSource: SourceFactory = ({ cacheDir }) => {
  const cache = new DataCache(cacheDir);
  return { name: `cache ${cacheDir}`, remote: false, read: (file) => cache.read(file.name, file.bytes) };
};
