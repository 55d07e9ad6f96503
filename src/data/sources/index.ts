import type { SourceSpec } from '../../datasets/spec.js';
import { aptSource } from './apt.js';
import { cacheSource, formerCacheSource } from './cache.js';
import { dataDirSource } from './data-dir.js';
import { folderSource } from './folder.js';
import { mirrorSource } from './mirror.js';
import type { SourceFactory } from './source.js';

/** The spec of one kind. */
type SourceOf<Kind extends SourceSpec['kind']> = Extract<SourceSpec, { kind: Kind }>;

const SOURCES: { readonly [Kind in SourceSpec['kind']]: (spec: SourceOf<Kind>) => SourceFactory } = {
  cache: () => cacheSource,
  'former-cache': () => formerCacheSource,
  'data-dir': () => dataDirSource,
  system: ({ folder }) => folderSource('system folder', folder),
  folder: ({ folder }) => folderSource('folder', folder),
  mirror: ({ url }) => mirrorSource(url),
  apt: aptSource,
};

/** The place that a data set names. */
export function openSource(spec: SourceSpec): SourceFactory {
  // TypeScript does not follow that the entry found by `kind` takes the spec with that `kind`.
  const open = SOURCES[spec.kind] as (spec: SourceSpec) => SourceFactory;
  return open(spec);
}
