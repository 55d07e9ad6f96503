import { realpathSync } from 'node:fs';
import path from 'node:path';
import { shellWord } from './command-line.js';

/** How a program was started. */
export interface Start {
  /** The path of its script, where links are not followed: `process.argv[1]`. */
  readonly script: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What to type to call this program again: its name where the PATH has it, else the path of its script. */
export function calledAs({ script, cwd, env }: Start): string {
  const near = path.relative(cwd, script);
  const shortest = near.length < script.length ? near : script;
  // A link in npm's folders is a script of its own on Windows, and node's name must be typed there.
  if (process.platform === 'win32') return /node_modules/.test(script) ? 'fmnist' : `node ${shellWord(shortest)}`;
  const real = realPath(script);
  const names = ['fmnist', path.basename(script)];
  for (const folder of (env.PATH ?? '').split(path.delimiter).filter(path.isAbsolute)) {
    const name = names.find((one) => real !== undefined && realPath(path.join(folder, one)) === real);
    // npm and npx put this folder on the PATH of what they start alone.
    if (name !== undefined) return folder.endsWith('node_modules/.bin') ? `npx ${name}` : name;
  }
  return shellWord(shortest.includes(path.sep) ? shortest : `./${shortest}`);
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
