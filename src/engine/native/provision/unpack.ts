import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';

/**
 * Unpacks those entries of a zip whose path matches. yauzl refuses paths that lead out of the folder.
 *
 * @param onBytes hears the uncompressed bytes written by each finished piece
 */
export async function unpack(
  zip: string,
  keep: RegExp,
  folder: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const archive = await openPromise(zip);
  try {
    for await (const entry of archive.eachEntry()) {
      if (!keep.test(entry.fileName) || entry.fileName.endsWith('/')) continue;
      await unpackEntry(archive, entry, join(folder, entry.fileName), onBytes, signal);
    }
  } finally {
    archive.close();
  }
}

/** Unpacks one entry into a file, which is executable where the entry is. */
export async function unpackEntry(
  archive: ZipFile,
  entry: Entry,
  file: string,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const content = await archive.openReadStreamPromise(entry);
  content.on('data', (chunk: Buffer) => onBytes(chunk.length));
  const executable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
  const target = createWriteStream(file, { mode: executable ? 0o755 : 0o644 });
  await pipeline(content, target, signal === undefined ? {} : { signal });
}
