import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import envPaths from 'env-paths';

/**
 * A Python that can import a package, of this version where it has to be installed: the one named by FMNIST_TEST_PYTHON, the system's, or one in the user's cache that
 * is made on first use. Undefined where none can be had: the test is then to be skipped.
 */
export function pythonWith(pypiPackage: string, version: string): string | undefined {
  const folder = path.join(envPaths('fmnist-test').cache, `python-${pypiPackage}`);
  const own = path.join(folder, 'bin', 'python');
  const candidates = [process.env.FMNIST_TEST_PYTHON, 'python3', own].filter((python) => python !== undefined);
  const ready = candidates.find((python) => imports(python, pypiPackage));
  if (ready !== undefined) return ready;
  if (!existsSync(own) && !succeeds('python3', ['-m', 'venv', folder])) return undefined;
  const install = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--retries=1',
    `${pypiPackage}==${version}`,
  ];
  return succeeds(own, install) && imports(own, pypiPackage) ? own : undefined;
}

function imports(python: string, module: string): boolean {
  return succeeds(python, ['-c', `import ${module}`]);
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 300_000 }).status === 0;
}
