import { lstatSync } from 'node:fs';
import path from 'node:path';

const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** What is loaded of an engine. */
export const ENGINE_FILES = [
  'tfjs_binding.node',
  'stderr.node',
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
] as const;

/**
 * Why code in this folder should not be loaded: somebody else than this user (or root) owns it, or anybody may change it.
 * Looked at are the files named and all folders from theirs up to the tool's own place in the cache, as pip does.
 * Undefined where nothing speaks against it, and on systems that know no owners.
 */
export function distrust(folder: string, files: readonly string[]): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  // <cache>/fmnist/engines/<engine>
  const folders = [folder, path.dirname(folder), path.dirname(path.dirname(folder))];
  const inner = new Set(files.map((file) => path.join(folder, file)).flatMap((file) => [path.dirname(file), file]));
  for (const place of [...folders, ...inner]) {
    const stat = lstatSync(place, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (stat.uid !== user && stat.uid !== 0) return `${place} belongs to another user (${stat.uid})`;
    if ((stat.mode & OTHERS_WRITE) !== 0 && (stat.mode & STICKY) === 0 && !stat.isSymbolicLink()) {
      return `${place} may be changed by anybody`;
    }
  }
  return undefined;
}
