import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** Where a run's numbers come from, in addition to its settings: versions, machine, command line. For `environment.json`. */
export async function runProvenance(argv: readonly string[]): Promise<object> {
  return {
    fmnist: await packageVersion(),
    commit: await commit(fileURLToPath(new URL('.', PACKAGE))),
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    arguments: argv,
  };
}

/** The version of fmnist. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(PACKAGE, 'utf8');
  // Our own file: it has a version.
  return (JSON.parse(text) as { version: string }).version;
}

/** The commit that the tool was built from, where it runs out of its repository. */
async function commit(folder: string): Promise<string | null> {
  if (!existsSync(`${folder}.git`)) return null;
  const git = promisify(execFile)('git', ['-C', folder, 'rev-parse', 'HEAD'], { timeout: 2_000 });
  return git.then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}
