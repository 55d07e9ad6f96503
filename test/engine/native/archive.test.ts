import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultEngineCache } from '../../../src/engine/native/binding/engines.js';
import { thisMachine } from '../../../src/engine/native/provision/recipes.js';
import { zipped } from '../../../src/export/zip.js';
import { runCli } from '../../helpers/cli.js';
import { nativeBinding } from '../../helpers/engine.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../../bin/fmnist.js', import.meta.url));
const WITHOUT_NETWORK = ['unshare', '-n', process.execPath, BIN];
const MAY_CUT = spawnSync('unshare', ['-n', 'true']).status === 0;
const TRAIN = 'train --model conv-pool --data synthetic --limit 64 --epochs 1 --device cpu --json'.split(' ');

describe('an engine for a machine without a network', () => {
  it.skipIf(!MAY_CUT)('is one file, which trains there', { timeout: 600_000 }, async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'engine.zip');
    // Its data are none of this test's: the engine alone, under a second name.
    const source = path.join(folder, 'source');
    mkdirSync(path.join(source, 'fmnist'), { recursive: true });
    symlinkSync(defaultEngineCache(), path.join(source, 'fmnist', 'engines'));
    const exported = await runCli(['setup', '--variant', 'cpu', '--export', file, '--json'], {
      env: { XDG_CACHE_HOME: source },
    });
    expect(exported.code, exported.stderr).toBe(0);
    const env = { ...process.env, XDG_CACHE_HOME: path.join(folder, 'target') };
    const offline = (...args: string[]) =>
      spawnSync(WITHOUT_NETWORK[0] ?? '', [...WITHOUT_NETWORK.slice(1), ...args], {
        env,
        cwd: folder,
        encoding: 'utf8',
      });
    const imported = offline('setup', '--import', file, '--json');
    expect(imported.status, imported.stderr).toBe(0);
    expect(JSON.parse(imported.stdout)).toEqual(JSON.parse(exported.stdout));
    expect(offline('setup', '--check', '--variant', 'cpu').status).toBe(0);
    expect(readdirSync(path.join(folder, 'target', 'fmnist', 'engines'))).toHaveLength(1);
    const trained = offline(...TRAIN);
    expect(trained.status, trained.stderr).toBe(0);
    expect(trained.stdout).toContain('"status":"completed"');
    // The whole file, but for its last bytes.
    truncateSync(file, statSync(file).size - 1000);
    expect(offline('setup', '--import', file).stderr).toMatch(/is no archive, or is cut short\ntry/);
  });
});

const CONTENT = Buffer.from('a library');
const { platform, arch, libc } = thisMachine();
const MANIFEST = {
  ...{ format: 1, platform, arch, libc, tensorflow: '2.21.0', variant: 'cpu' },
  engine: 'tensorflow-2.21.0-cpu-linux-x64-v1',
};
const NAME = `engines/${MANIFEST.engine}/tfjs_binding.node`;
const FILE = { bytes: CONTENT.length, sha256: createHash('sha256').update(CONTENT).digest('hex') };

async function archive(manifest: object, files: Record<string, Uint8Array> = { [NAME]: CONTENT }): Promise<string> {
  const file = path.join(temporaryFolder(), 'archive.zip');
  const contents = { 'fmnist-archive.json': Buffer.from(JSON.stringify({ ...MANIFEST, ...manifest })), ...files };
  const chunks = await zipped(Object.entries(contents).map(([name, bytes]) => ({ path: name, chunks: [bytes] })));
  writeFileSync(file, Buffer.concat(chunks));
  return file;
}

describe('an archive that cannot be used is told in one line, and nothing of it is put in place', () => {
  const whole = { files: { [NAME]: FILE } };
  it.each<[string, () => Promise<string>, number, RegExp]>([
    ['one that is not there', async () => '/nowhere.zip', 3, /there is no archive \/nowhere\.zip/],
    ['a folder', async () => temporaryFolder(), 3, /is no archive, or is cut short/],
    [
      'one that is cut short',
      async () => {
        const file = await archive(whole);
        truncateSync(file, statSync(file).size - 10);
        return file;
      },
      3,
      /is no archive, or is cut short/,
    ],
    [
      'a zip of something else',
      async () => {
        const file = path.join(temporaryFolder(), 'other.zip');
        writeFileSync(file, Buffer.concat(await zipped([{ path: 'readme', chunks: [CONTENT] }])));
        return file;
      },
      3,
      /is a zip, but not one that fmnist setup --export wrote/,
    ],
    [
      'one for another platform',
      () => archive({ ...whole, arch: 'riscv64' }),
      3,
      /is for linux riscv64.*this machine is/,
    ],
    ['one with a piece missing', () => archive(whole, {}), 3, /lacks engines\/.*tfjs_binding\.node/],
    [
      'one with a byte changed',
      () => archive(whole, { [NAME]: Buffer.from('a lIbrary') }),
      3,
      /is damaged: engines\/.* is not what was exported/,
    ],
    [
      'one that leads out of the cache',
      () => archive({ files: { 'data/../../x': FILE } }, { 'data/x': CONTENT }),
      3,
      /its manifest cannot be read/,
    ],
    ['one whose engine is none', () => archive(whole), 4, /the engine of .* does not load on this machine/],
  ])('%s', async (_, make, exit, message) => {
    const cache = temporaryFolder();
    const { code, stderr, stdout } = await runCli(['setup', '--import', await make()], {
      env: { XDG_CACHE_HOME: cache },
    });
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr.replace(/^engine: .*\n/gm, '')).toMatch(new RegExp(`^error .*${message.source}.*\ntry .*\n$`));
    const engines = path.join(cache, 'fmnist', 'engines');
    expect(existsSync(engines) ? readdirSync(engines) : []).toEqual([]);
    expect(existsSync(path.join(cache, 'fmnist', 'data'))).toBe(false);
  });

  it('two tasks at once are refused', async () => {
    const { code, stderr } = await runCli(['setup', '--check', '--import', 'x.zip']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--check and --import are different tasks')]);
  });
});
