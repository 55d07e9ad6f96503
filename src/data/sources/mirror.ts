import { type DownloadOptions, download } from '../download.js';
import type { SourceFactory } from './source.js';

/** How long to try. */
type Patience = Pick<DownloadOptions, 'retries' | 'answerMs' | 'stallMs'>;

/** A web folder that holds the gzipped files under their usual names. `url` ends in a slash. */
export function mirrorSource(url: string, patience: Patience = {}): SourceFactory {
  const host = new URL(url).host;
  return ({ onProgress, signal }) => ({
    name: `mirror ${host}`,
    remote: true,
    read: (file) => {
      const report = (bytes: number | undefined, fraction: number | undefined) =>
        onProgress({ source: host, what: file.name, bytes, fraction });
      onProgress({ source: host, what: file.name, bytes: undefined, fraction: undefined, asking: true });
      return download(new URL(`${file.name}.gz`, url), {
        // A compressed file is never much larger than its payload.
        maxBytes: file.bytes + 1024 * 1024,
        onProgress: (bytes, total) => report(bytes, total === undefined ? undefined : Math.min(1, bytes / total)),
        ...patience,
        ...(signal === undefined ? {} : { signal }),
      });
    },
  });
}
