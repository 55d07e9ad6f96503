import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageFile, packageVersion } from '../package.js';

/** Where a run's numbers come from, in addition to its settings: versions, machine, command line. For `environment.json`. */
export async function runProvenance(argv: readonly string[]): Promise<object> {
  return {
    fmnist: packageVersion(),
    commit: await commit(fileURLToPath(packageFile(''))),
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    arguments: argv,
  };
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
