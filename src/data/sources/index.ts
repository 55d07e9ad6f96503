import { aptSource } from './apt.js';
import { cacheSource } from './cache.js';
import { dataDirSource } from './data-dir.js';
import { mirrorSource, OFFICIAL_MIRRORS } from './mirror.js';
import type { SourceFactory } from './source.js';
import { systemSource } from './system.js';

/** Every place that may have the data, in the order in which they are tried. */
export const SOURCES: readonly SourceFactory[] = [
  cacheSource,
  dataDirSource,
  systemSource,
  ...OFFICIAL_MIRRORS.map((url) => mirrorSource(url)),
  aptSource,
];
