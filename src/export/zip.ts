import type { ExportedFile } from './format.js';

/** Zip's first day: the same model gives the same bytes whenever it is written. */
const DATE = new Date(1980, 0, 1);

/** The chunks of a zip file that holds the files uncompressed: weights are noise, which does not shrink. */
export async function zipped(files: readonly ExportedFile[]): Promise<Uint8Array[]> {
  const { ZipFile } = await import('yazl');
  const archive = new ZipFile();
  for (const { path, chunks } of files) {
    archive.addBuffer(Buffer.concat(chunks), path, { compress: false, mtime: DATE });
  }
  archive.end();
  const written: Uint8Array[] = [];
  for await (const chunk of archive.outputStream) written.push(Buffer.from(chunk as Buffer));
  return written;
}
