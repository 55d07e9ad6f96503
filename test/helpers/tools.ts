import { chmodSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary-folder.js';

/** A folder with every program of the PATH but those whose name matches: the machine without them. */
export function pathWithout(names: RegExp): string {
  const folder = temporaryFolder();
  const taken = new Set<string>();
  for (const source of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const name of listed(source)) {
      if (names.test(name) || taken.has(name)) continue;
      symlinkSync(path.join(source, name), path.join(folder, name));
      taken.add(name);
    }
  }
  return folder;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Puts a shell script named `name` first on the PATH, which is returned. */
export function pathWithScript(folder: string, name: string, script: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return `${folder}${path.delimiter}${process.env.PATH}`;
}

export function hasTool(name: RegExp): boolean {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .some((folder) => listed(folder).some((file) => name.test(file)));
}
