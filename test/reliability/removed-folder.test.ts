import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const MODULE = fileURLToPath(new URL('../../build/files/make-folder.js', import.meta.url));

test('a program whose working folder is removed while it runs makes its folder all the same, and ends', () => {
  const cwd = path.join(temporaryFolder(), 'working');
  mkdirSync(cwd);
  const script = `import { rmdirSync } from 'node:fs';
    import { makeFolder } from ${JSON.stringify(MODULE)};
    rmdirSync(process.cwd());
    await makeFolder('runs/first');`;
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    timeout: 20_000,
  });
  expect([status, signal]).toEqual([0, null]);
  expect(existsSync(path.join(cwd, 'runs', 'first'))).toBe(true);
});
