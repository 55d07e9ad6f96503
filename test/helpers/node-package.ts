import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import envPaths from 'env-paths';
import { exclusively } from './exclusively.js';

/**
 * The `node_modules` of a package too large to be a dependency of the tests, installed into the user's cache on first
 * use. Undefined where it cannot be had.
 */
export function nodePackage(name: string, version: string): string | undefined {
  const folder = path.join(envPaths('fmnist-test').cache, name);
  const modules = path.join(folder, 'node_modules');
  return exclusively(folder, () => {
    // npm writes it when all is there.
    if (existsSync(path.join(modules, '.package-lock.json'))) return modules;
    const args = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`];
    const { status } = spawnSync('npm', args, { stdio: 'ignore', timeout: 300_000 });
    return status === 0 ? modules : undefined;
  });
}
