import { once } from 'node:events';
import type { ExportedFile } from './format.js';

/** Zip's first day: the same files give the same bytes whenever and wherever they are written. */
const DATE = new Date(1980, 0, 1);

/** The chunks of a zip file that holds the files uncompressed: weights are noise, which does not shrink. */
export async function zipped(files: readonly ExportedFile[]): Promise<Uint8Array[]> {
  const { ZipFile } = await import('yazl');
  const archive = new ZipFile();
  for (const { path, chunks } of files) {
    const [only = new Uint8Array(), ...more] = chunks;
    const whole = more.length === 0 ? Buffer.from(only.buffer, only.byteOffset, only.length) : Buffer.concat(chunks);
    archive.addBuffer(whole, path, { compress: false, mtime: DATE, forceDosTimestamp: true });
  }
  const written: Uint8Array[] = [];
  // As they come: a loop over the stream would join what waits in it, which is a copy of all weights.
  archive.outputStream.on('data', (chunk: Buffer) => written.push(chunk));
  archive.end();
  await once(archive.outputStream, 'end');
  return written;
}

/**
 * One file of a zip.
 *
 * @throws Error where it is not there
 */
export async function unzipped(archive: string, name: string): Promise<Uint8Array> {
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== name) continue;
      const stream = await zip.openReadStreamPromise(entry);
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    }
    throw new Error(`${archive} holds no ${name}`);
  } finally {
    zip.close();
  }
}
