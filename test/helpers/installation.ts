import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './temporary-folder.js';

/** The built program where one of its packages is missing. */
export function installationWithout(name: string): string {
  const folder = temporaryFolder();
  for (const part of ['bin', 'configs', 'dist', 'package.json'])
    cpSync(part, path.join(folder, part), { recursive: true });
  mkdirSync(path.join(folder, 'node_modules'));
  for (const entry of readdirSync('node_modules')) {
    if (entry !== name) symlinkSync(path.resolve('node_modules', entry), path.join(folder, 'node_modules', entry));
  }
  return folder;
}
