import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'vitest';

/**
 * A group of processes that may take so much memory together, as a container or a service has it, until the test ends.
 * The test is skipped where this user may make none.
 * @returns the words that start a command in it
 */
export function memoryGroup(context: TestContext, megabytes: number): readonly string[] {
  const own = readFileSync('/proc/self/cgroup', 'utf8');
  const name = `fmnist-test-${process.pid}`;
  for (const { pattern, root, limit } of VERSIONS) {
    const place = pattern.exec(own)?.[1];
    if (place === undefined) continue;
    const folder = path.join(root, place, name);
    try {
      mkdirSync(folder);
      context.onTestFinished(() => rmdirSync(folder));
      writeFileSync(path.join(folder, limit), String(megabytes * 1024 * 1024));
    } catch {
      continue;
    }
    return ['sh', '-c', `echo $$ > ${path.join(folder, 'cgroup.procs')} && exec "$@"`, 'sh'];
  }
  return context.skip('this user may limit the memory of no group of processes');
}

/** As cgroups(7) has them. */
const VERSIONS = [
  { pattern: /:memory:(.*)/, root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { pattern: /^0::(.*)/m, root: '/sys/fs/cgroup', limit: 'memory.max' },
] as const;
