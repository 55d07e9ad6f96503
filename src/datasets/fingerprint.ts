import { createHash } from 'node:crypto';
import { datasetFiles, type FileDataset } from './spec.js';

/** SHA-256 that tells a data set from every other: of its files' hashes, which are checked whenever they are read. */
export function fingerprint(spec: FileDataset): string {
  const hash = createHash('sha256');
  for (const { sha256 } of datasetFiles(spec)) hash.update(sha256);
  if (typeof spec.test === 'number') hash.update(`test ${spec.test}`);
  return hash.digest('hex');
}
