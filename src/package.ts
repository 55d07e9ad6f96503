import { readFileSync } from 'node:fs';

/** A file or folder of the package. `src` and what the build makes of it, `dist` and `build`, are all one floor under it. */
export function packageFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

/** The version of fmnist. */
export function packageVersion(): string {
  // Our own file: it has a version.
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}
