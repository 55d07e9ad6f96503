import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../src/files/cache-folder.js';
import { exclusively } from './exclusively.js';

/** Packages by their names on PyPI. */
export interface PythonPackages {
  /** Name of the environment in the user's cache. */
  readonly environment: string;
  /** Version to install by package. */
  readonly install: Readonly<Record<string, string>>;
  /** What must be importable. */
  readonly imports: readonly string[];
}

/**
 * A Python that can import the packages: the one named by FMNIST_TEST_PYTHON, the system's, or one in the user's cache
 * that is made on first use. Undefined where none can be had: the test is then to be skipped.
 */
export function pythonWith({ environment, install, imports }: PythonPackages): string | undefined {
  const folder = path.join(path.join(path.dirname(cacheFolder()), 'fmnist-test-nodejs'), `python-${environment}`);
  const own = path.join(folder, 'bin', 'python');
  const candidates = [process.env.FMNIST_TEST_PYTHON, 'python3'].filter((python) => python !== undefined);
  const ready = candidates.find((python) => canImport(python, imports));
  if (ready !== undefined) return ready;
  if (Object.keys(install).length === 0) return undefined;
  return exclusively(folder, () => {
    // What is half installed may be found, and not work.
    const done = path.join(folder, `done-${hashOf(install)}`);
    if (existsSync(done) && canImport(own, imports)) return own;
    if (!existsSync(own) && !succeeds('python3', ['-m', 'venv', folder])) return undefined;
    const quietly = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries=1'];
    const wanted = Object.entries(install).map(([name, version]) => `${name}==${version}`);
    if (!succeeds(own, [...quietly, ...wanted]) || !canImport(own, imports)) return undefined;
    writeFileSync(done, '');
    return own;
  });
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
}

function canImport(python: string, modules: readonly string[]): boolean {
  const missing = `[m for m in ${JSON.stringify(modules)} if importlib.util.find_spec(m) is None]`;
  return succeeds(python, ['-c', `import importlib.util, sys; sys.exit(len(${missing}))`]);
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 300_000 }).status === 0;
}
