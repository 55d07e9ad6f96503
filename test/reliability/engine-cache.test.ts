import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaultEngineCache } from '../../src/engine/native/binding/engines.js';
import { thisProcess } from '../../src/files/process-identity.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { installationWithout } from '../helpers/installation.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
const ROOT = process.getuid?.() === 0;

/** A cache with this machine's engine in it: the same files under second names, not a gigabyte of copies. */
function cacheCopy(): { env: Record<string, string>; engine: string } {
  const cache = temporaryFolder();
  const engines = path.join(cache, 'fmnist', 'engines');
  mkdirSync(path.dirname(engines));
  try {
    execFileSync('cp', ['-al', defaultEngineCache(), engines], { stdio: 'ignore' });
  } catch {
    execFileSync('cp', ['-a', defaultEngineCache(), engines]);
  }
  const [name = ''] = readdirSync(engines).filter((entry) => entry.startsWith('tensorflow-'));
  return { env: { XDG_CACHE_HOME: cache }, engine: path.join(engines, name) };
}

const TRAIN = [
  'train',
  '--model',
  'conv-pool',
  '--data',
  'synthetic',
  '--limit',
  '64',
  '--epochs',
  '1',
  '--device',
  'cpu',
];

describe('an engine in the cache', () => {
  test('whose library is overwritten by zeros is found out by its hash, not by a crash', async () => {
    const { env, engine } = cacheCopy();
    const cwd = temporaryFolder();
    expect((await runCli(['setup', '--variant', 'cpu'], { env })).stdout).toContain('in place already');
    const library = path.join(engine, 'tensorflow', 'libtensorflow_framework.so.2');
    const { size } = statSync(library);
    rmSync(library);
    writeFileSync(library, '');
    truncateSync(library, size);
    const check = await runCli(['setup', '--check', '--variant', 'cpu'], { env });
    expect(check.code).toBe(4);
    expect(check.stdout).toMatch(/broken: missing or damaged: tensorflow\/libtensorflow_framework\.so\.2/);
    const train = await runCli([...TRAIN, '--offline'], { env, cwd });
    expect(train.code).toBe(4);
    expect(train.stderr).toMatch(/^error the native CPU engine is not set up/);
    // Here it can only begin to mend it: there is no network to bring the library again.
    const nowhere = { PIP_NO_INDEX: '1', npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };
    const again = await runCli(['setup', '--variant', 'cpu'], { env: { ...env, ...nowhere } });
    expect([again.code, again.stdout]).toEqual([4, '']);
    expect(again.stderr).toMatch(/could not be downloaded|pip was not found|compiler was found/);
  });

  test('that comes with a package which the user has installed is used, and said to be theirs', async () => {
    const installation = installationWithout('@tensorflow');
    const theirs = path.join(installation, 'node_modules', '@tensorflow', 'tfjs-node');
    mkdirSync(path.join(theirs, 'lib'), { recursive: true });
    writeFileSync(path.join(theirs, 'package.json'), '{"name":"@tensorflow/tfjs-node","version":"4.22.0"}');
    const { engine } = cacheCopy();
    symlinkSync(engine, path.join(theirs, 'lib', 'napi-v8'));
    const there = { script: path.join(installation, 'bin', 'fmnist.js'), env: { XDG_CACHE_HOME: temporaryFolder() } };
    const info = await runCli(['gpu-info'], there);
    expect(info.stdout).toMatch(/tfjs-node cpu .*a package that you have installed/);
    const train = await runCli([...TRAIN, '--offline', '--json'], { ...there, cwd: temporaryFolder() });
    expect(train.code, train.stderr).toBe(0);
    expect(train.stdout).toMatch(/"kind":"native"/);
  });

  test('that a process died in while loading it is looked at again, byte for byte', async () => {
    const { env, engine } = cacheCopy();
    const cwd = temporaryFolder();
    const manifest = path.join(engine, 'engine.json');
    expect((await runCli([...TRAIN, '--offline'], { env, cwd })).code).toBe(0);
    // Another library of the same size and time, as a damaged disk leaves it: nothing but its hash tells.
    const library = path.join(engine, 'tensorflow', 'libtensorflow_framework.so.2');
    const { size, atime, mtime } = statSync(library);
    rmSync(library);
    writeFileSync(library, '');
    truncateSync(library, size);
    utimesSync(library, atime, mtime);
    const { modified, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'));
    modified['tensorflow/libtensorflow_framework.so.2'] = statSync(library).mtimeMs;
    // Not into the cache that this one shares its files with.
    rmSync(manifest);
    writeFileSync(manifest, JSON.stringify({ ...rest, modified }));
    // The first one dies, or is told by the loader, and leaves its mark or its word; the next one knows why.
    expect((await runCli([...TRAIN, '--offline'], { env, cwd })).code).not.toBe(0);
    // As that of a container that is gone, whose process had the number of one that lives here.
    const dead = { ...thisProcess(), space: 'another' };
    writeFileSync(path.join(engine, `.loading-${process.pid}`), JSON.stringify(dead));
    const next = await runCli([...TRAIN, '--offline'], { env, cwd });
    expect([next.code, next.stderr]).toEqual([4, expect.stringMatching(/^error the native CPU engine is not set up/)]);
  });

  test.runIf(process.getuid !== undefined)('that others may change is not loaded', async () => {
    const { env, engine } = cacheCopy();
    const cwd = temporaryFolder();
    chmodSync(engine, 0o777);
    const open = await runCli([...TRAIN, '--offline'], { env, cwd });
    expect([open.code, open.stderr]).toEqual([4, expect.stringMatching(/is not loaded: .* may be changed by anybody/)]);
    chmodSync(engine, 0o755);
    if (!ROOT) return;
    chownSync(path.dirname(engine), 4711, 4711);
    const foreign = await runCli([...TRAIN, '--offline'], { env, cwd });
    expect([foreign.code, foreign.stderr]).toEqual([4, expect.stringMatching(/belongs to another user \(4711\)/)]);
    const check = await runCli(['setup', '--check', '--variant', 'cpu'], { env });
    expect(check.stdout).toMatch(/broken: not loaded: .* belongs to another user \(4711\)/);
  });
});

describe('where the cache is', () => {
  test('a relative XDG_CACHE_HOME is no path: nothing is written beside the user’s files', async () => {
    const cwd = temporaryFolder();
    const { code } = await runCli(['data'], { cwd, env: { XDG_CACHE_HOME: 'cache' } });
    expect(code).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.runIf(ROOT)('a user who has no HOME and is in no list of users is served all the same', () => {
    const { PATH } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, '--version'], {
      uid: 4711,
      gid: 4711,
      env: { PATH },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('engine not set up yet');
  });
});
