import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Description, describeFolder } from '../data/describe.js';
import { DataError, UsageError } from '../errors.js';
import { errorCode } from '../files/errors.js';
import { replaceFile } from '../files/replace.js';

/** The manifest's name in the folder that it describes. */
const FILE = 'dataset.json';

/**
 * Writes a manifest beside the IDX files of a folder.
 *
 * @param choice.classes their names with commas between them; the labels themselves when left out
 * @param choice.force whether a manifest that is there is replaced
 * @throws UsageError when there is a manifest already; DataError when the files are no data set
 */
export async function describeData(
  folder: string,
  { classes, force }: { readonly classes: string | undefined; readonly force: boolean },
): Promise<Description & { readonly path: string }> {
  const file = path.join(folder, FILE);
  if (!force && existsSync(file)) {
    throw new UsageError(`there is a ${file} already`, { hint: 'Replace it with --force.' });
  }
  const description = await describeFolder(
    folder,
    classes?.split(',').map((name) => name.trim()),
  );
  const bytes = Buffer.from(`${JSON.stringify(description.manifest, null, 2)}\n`);
  await replaceFile(file, bytes).catch((cause: unknown) => {
    throw new DataError(`${file} cannot be written (${errorCode(cause) ?? cause})`, { cause });
  });
  return { ...description, path: file };
}
