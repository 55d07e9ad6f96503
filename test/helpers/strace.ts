import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** Starts a program under strace, which writes down what is renamed and waited for; nothing without strace. */
export function tracingRenames(log: string): readonly string[] {
  const calls = 'trace=fsync,fdatasync,rename,renameat,renameat2';
  return hasStrace ? ['strace', '-f', '-qq', '-y', '-s', '4096', '-e', calls, '-o', log] : [];
}

/**
 * What of a folder the disk had not been waited for when the folder was renamed to its name: files and folders, by their
 * paths in it; and whether the disk was waited for to have the new name.
 */
export function unsynced(log: string, folder: string): { readonly missing: string[]; readonly named: boolean } {
  const lines = readFileSync(log, 'utf8').split('\n');
  const renamed = lines.findIndex((line) => /\brename(at2?)?\(/.test(line) && line.includes(`"${folder}"`));
  const from = /"([^"]+)",/.exec(lines[renamed] ?? '')?.[1];
  if (from === undefined) throw new Error(`${folder} was not renamed`);
  const synced = (part: readonly string[]) =>
    new Set(part.flatMap((line) => /\bf(?:data)?sync\(\d+<([^>]+)>/.exec(line)?.[1] ?? []));
  const before = synced(lines.slice(0, renamed));
  const names = ['', ...readdirSync(folder, { recursive: true }).map(String)];
  return {
    missing: names.filter((name) => !before.has(path.join(from, name))),
    named: synced(lines.slice(renamed)).has(path.dirname(folder)),
  };
}
