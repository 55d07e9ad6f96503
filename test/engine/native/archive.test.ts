import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
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
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { defaultEngineCache, type NativeEngine } from '../../../src/engine/native/binding/engines.js';
import { exportArchive } from '../../../src/engine/native/provision/archive.js';
import { thisMachine } from '../../../src/engine/native/provision/recipes.js';
import { zipped } from '../../../src/export/zip.js';
import { runCli } from '../../helpers/cli.js';
import { nativeBinding } from '../../helpers/engine.js';
import { hasStrace, tracingRenames, unsynced } from '../../helpers/strace.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../../bin/fmnist.js', import.meta.url));
const WITHOUT_NETWORK = ['unshare', '-n', process.execPath, BIN];
const MAY_CUT = spawnSync('unshare', ['-n', 'true']).status === 0;
const TRAIN = 'train --model conv-pool --data synthetic --limit 64 --epochs 1 --device cpu --json'.split(' ');

/** An import that is killed has no chance to tidy up. */
async function killedWhileUnpacking(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [BIN, 'setup', '--import', file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('unpacking')) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const engines = path.join(env.XDG_CACHE_HOME ?? '', 'fmnist', 'engines');
  expect(readdirSync(engines)).toContainEqual(expect.stringMatching(/^\.tmp-/));
  // Given up after a quarter of a minute, which need not be waited for.
  utimesSync(path.join(engines, '.lock'), 0, 0);
}

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
    const run = (words: readonly string[], args: readonly string[]) => {
      const [program = '', ...rest] = [...words, ...WITHOUT_NETWORK, ...args];
      return spawnSync(program, rest, { env, cwd: folder, encoding: 'utf8' });
    };
    const offline = (...args: string[]) => run([], args);
    await killedWhileUnpacking(file, env);
    const engines = path.join(folder, 'target', 'fmnist', 'engines');
    const log = path.join(folder, 'strace');
    const imported = run(tracingRenames(log), ['setup', '--import', file, '--json']);
    expect(imported.status, imported.stderr).toBe(0);
    expect(JSON.parse(imported.stdout)).toEqual(JSON.parse(exported.stdout));
    expect(offline('setup', '--check', '--variant', 'cpu').status).toBe(0);
    const [engine = '', ...others] = readdirSync(engines);
    expect([engine, others]).toEqual([expect.stringMatching(/^tensorflow-/), []]);
    if (hasStrace) expect(unsynced(log, path.join(engines, engine))).toEqual({ missing: [], named: true });
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

type Files = Record<string, Uint8Array>;

async function archive(manifest: object, files: Files = { [NAME]: CONTENT }): Promise<string> {
  const file = path.join(temporaryFolder(), 'archive.zip');
  const contents = { 'fmnist-archive.json': Buffer.from(JSON.stringify({ ...MANIFEST, ...manifest })), ...files };
  const chunks = await zipped(Object.entries(contents).map(([name, bytes]) => ({ path: name, chunks: [bytes] })));
  writeFileSync(file, Buffer.concat(chunks));
  return file;
}

/** An archive whose bytes are changed afterwards: no writer of zips would make them so. */
async function forged(manifest: object, files: Files, forge: (bytes: Buffer) => Buffer): Promise<string> {
  const file = await archive(manifest, files);
  writeFileSync(file, forge(readFileSync(file)));
  return file;
}

const renamed = (from: string, to: string) => (bytes: Buffer) =>
  Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');

/** A zip's directory, which begins with its first entry. */
const directoryOf = (bytes: Buffer) => bytes.subarray(bytes.indexOf('PK\x01\x02'));

/** Where the directory has an entry: its record begins 46 bytes before its name. */
function recordOf(bytes: Buffer, name: string): Buffer {
  const directory = directoryOf(bytes);
  return directory.subarray(directory.indexOf(name) - 46);
}

/** The same archive, in which an entry of the directory is a link to what its content says. */
function linked(bytes: Buffer): Buffer {
  recordOf(bytes, NAME).writeUInt32LE((0o120777 << 16) >>> 0, 38);
  return bytes;
}

/** An entry that inflates to far more than its directory says. */
async function bomb(name: string, honest: Buffer): Promise<string> {
  const zip = new ZipFile();
  const huge = Buffer.concat([honest, Buffer.alloc(20_000_000, ' ')]);
  const contents = { 'fmnist-archive.json': JSON.stringify({ ...MANIFEST, files: { [NAME]: FILE } }), [NAME]: CONTENT };
  for (const [entry, content] of Object.entries(contents))
    zip.addBuffer(entry === name ? huge : Buffer.from(content), entry);
  zip.end();
  const bytes = await buffer(zip.outputStream);
  recordOf(bytes, name).writeUInt32LE(honest.length, 24);
  const file = path.join(temporaryFolder(), 'bomb.zip');
  writeFileSync(file, bytes);
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
    [
      'one with a path that begins at the root',
      () =>
        forged(
          whole,
          { [NAME]: CONTENT, 'xtmp/fmnist-evil': CONTENT },
          renamed('xtmp/fmnist-evil', '/tmp/fmnist-evil'),
        ),
      3,
      /is damaged: its list of files cannot be read/,
    ],
    [
      'one with a path that climbs out',
      () => forged(whole, { [NAME]: CONTENT, 'aa/aa/evil': CONTENT }, renamed('aa/aa/evil', '../../evil')),
      3,
      /is damaged: its list of files cannot be read/,
    ],
    [
      'one whose engine is a link to one that would load',
      async () => {
        const target = Buffer.from(path.join(defaultEngineCache(), MANIFEST.engine, 'tfjs_binding.node'));
        const file = { bytes: target.length, sha256: createHash('sha256').update(target).digest('hex') };
        return forged({ files: { [NAME]: file } }, { [NAME]: target }, linked);
      },
      4,
      /the engine of .* does not load on this machine/,
    ],
    [
      'one in which a file lies within a file',
      () => archive({ files: { 'data/x': FILE, 'data/x/y': FILE } }, { 'data/x': CONTENT, 'data/x/y': CONTENT }),
      3,
      /cannot be put into .* \((?:ENOTDIR|EEXIST)\)/,
    ],
    [
      'one that would fill any disk',
      () => archive({ files: { [NAME]: { ...FILE, bytes: 1e15 } } }),
      3,
      /needs 1000000\.0 GB in .*, and .* are free/,
    ],
    [
      'one whose file inflates without end',
      () => bomb(NAME, CONTENT),
      3,
      /is damaged: engines\/.* is not what was exported/,
    ],
    [
      'one whose manifest inflates without end',
      () => bomb('fmnist-archive.json', Buffer.from('{}')),
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

  it('nor is anything written where a file is gone before it was packed', async () => {
    const cache = temporaryFolder();
    const folder = path.join(cache, 'engines', MANIFEST.engine);
    mkdirSync(folder, { recursive: true });
    const files = ['a', 'b'].map((name) => path.join(folder, name));
    for (const file of files) writeFileSync(file, randomBytes(4_000_000));
    const out = temporaryFolder();
    const engine: NativeEngine = {
      ...{ source: 'provisioned', variant: 'cpu', tensorflow: '2.21.0' },
      ...{ folder, binding: path.join(folder, 'tfjs_binding.node'), standIns: [] },
    };
    const onProgress = () => rmSync(files[1] ?? '', { force: true });
    const options = { cache, machine: thisMachine(), env: process.env, onProgress };
    const exported = exportArchive(path.join(out, 'a.zip'), engine, options);
    await expect(exported).rejects.toThrow(`${files[1]} cannot be packed (ENOENT)`);
    expect(readdirSync(out)).toEqual([]);
  });

  it('two tasks at once are refused', async () => {
    const { code, stderr } = await runCli(['setup', '--check', '--import', 'x.zip']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--check and --import are different tasks')]);
  });
});
