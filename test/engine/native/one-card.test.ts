import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { engineFolder } from '../../../src/engine/native/binding/engines.js';
import { recipeFor, thisMachine } from '../../../src/engine/native/provision/recipes.js';
import { unzipped } from '../../../src/export/zip.js';
import { runCli } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { pathWithScript } from '../../helpers/tools.js';

// No GPU engine comes with the tests: this is one in form, with a library that holds device code as nvcc lays it out.
const [PTX, CODE] = [1, 2];
const LIBRARY = 'nvidia/some/lib/libsome.so.1';

/** An entry of a fatbin: 64 bytes of header, and 100,000 of payload that are `mark`. */
function entry(kind: number, generation: number, mark: string): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt16LE(kind, 0);
  header.writeUInt32LE(header.length, 4);
  header.writeBigUInt64LE(100_000n, 8);
  header.writeUInt32LE(generation, 28);
  return Buffer.concat([header, Buffer.alloc(100_000, mark)]);
}

function fatbin(...entries: Buffer[]): Buffer {
  const content = Buffer.concat(entries);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(header.length, 6);
  header.writeBigUInt64LE(BigInt(content.length), 8);
  return Buffer.concat([header, content, Buffer.alloc(24)]);
}

/** A shared library with that device code. */
function library(deviceCode: Buffer, file: string): void {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'code.bin'), deviceCode);
  writeFileSync(path.join(folder, 'code.s'), '.section .nv_fatbin,"a"\n.balign 8\n.incbin "code.bin"\n');
  execFileSync('g++', ['-shared', '-nostdlib', 'code.s', '-o', file], { cwd: folder });
}

/** A cache with this as its GPU engine. */
function cacheWith(manifest: object = {}): string {
  const cache = temporaryFolder();
  const recipe = recipeFor('gpu', thisMachine());
  const folder = engineFolder(path.join(cache, 'fmnist', 'engines'), recipe);
  mkdirSync(path.dirname(path.join(folder, LIBRARY)), { recursive: true });
  library(
    Buffer.concat([
      fatbin(entry(CODE, 80, 'a'), entry(CODE, 86, 'b'), entry(CODE, 90, 'c'), entry(PTX, 90, 'd')),
      fatbin(entry(CODE, 80, 'e'), entry(CODE, 89, 'f')),
    ]),
    path.join(folder, LIBRARY),
  );
  writeFileSync(path.join(folder, 'tfjs_binding.node'), 'none');
  const [files, sha256]: [Record<string, number>, Record<string, string>] = [{}, {}];
  for (const file of [LIBRARY, 'tfjs_binding.node']) {
    files[file] = statSync(path.join(folder, file)).size;
    sha256[file] = createHash('sha256')
      .update(readFileSync(path.join(folder, file)))
      .digest('hex');
  }
  const { tensorflow, variant, standIns } = recipe;
  const engine = { format: 1, tensorflow, variant, compiler: 'g++', standIns, files, sha256, ...manifest };
  writeFileSync(path.join(folder, 'engine.json'), JSON.stringify(engine));
  return cache;
}

/** Which marks of device code are in a library. */
function marksIn(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return [...'abcdef'].filter((mark) => text.includes(mark.repeat(100_000))).join('');
}

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('an engine for one kind of card', () => {
  let XDG_CACHE_HOME: string;
  beforeAll(() => {
    XDG_CACHE_HOME = cacheWith();
  });

  it.each([
    // Where a library has no code for a card, as the second fatbin for a 9.0, all of its code stays.
    ['9.0', 'cef'],
    ['90', 'cef'],
    ['8.0', 'ae'],
    ['8.6', 'abe'],
    ['8.9', 'abef'],
  ])('--export --arch %s keeps what this card runs alone', async (arch, marks) => {
    const file = path.join(temporaryFolder(), 'engine.zip');
    const setup = ['setup', '--variant', 'gpu', '--export', file, '--arch', arch, '--json'];
    const { code, stderr } = await runCli(setup, { env: { XDG_CACHE_HOME } });
    expect(code, stderr).toBe(0);
    const archive = JSON.parse(Buffer.from(await unzipped(file, 'fmnist-archive.json')).toString());
    const inside = async (name: string) => Buffer.from(await unzipped(file, `engines/${archive.engine}/${name}`));
    const stripped = await inside(LIBRARY);
    expect(marksIn(stripped)).toBe(marks);
    // It says so, and of every file what it is now.
    const manifest = JSON.parse((await inside('engine.json')).toString());
    expect(manifest.capability).toBe(arch === '90' ? '9.0' : arch);
    expect(manifest.files[LIBRARY]).toBe(stripped.length);
    const sha256 = createHash('sha256').update(stripped).digest('hex');
    expect(manifest.sha256[LIBRARY]).toBe(sha256);
    expect(archive.files[`engines/${archive.engine}/${LIBRARY}`].sha256).toBe(sha256);
  });

  it('without it all device code is in the archive, and the engine in place keeps all of it', async () => {
    const file = path.join(temporaryFolder(), 'engine.zip');
    await runCli(['setup', '--variant', 'gpu', '--export', file], { env: { XDG_CACHE_HOME } });
    const { engine } = JSON.parse(Buffer.from(await unzipped(file, 'fmnist-archive.json')).toString());
    expect(marksIn(await unzipped(file, `engines/${engine}/${LIBRARY}`))).toBe('abcdef');
  });

  it.each([
    [['--export', 'x.zip', '--arch', 'hopper'], /--arch must be a compute capability, e\.g\. 9\.0, but is "hopper"/],
    [['--arch', '9.0'], /only --export leaves device code out/],
  ])('%s is told in one line', async (flags, message) => {
    const { code, stderr } = await runCli(['setup', ...flags], { env: { XDG_CACHE_HOME } });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('on a card that it has no code for, says so before anything is loaded', async () => {
    const driver = path.join(temporaryFolder());
    writeFileSync(path.join(driver, 'libcuda.so.1'), '');
    const smi = 'echo "0, NVIDIA A100-SXM4-80GB, 81920, 0, 0, 8.0, 570.10"';
    const env = {
      XDG_CACHE_HOME: cacheWith({ capability: '9.0' }),
      LD_LIBRARY_PATH: driver,
      PATH: pathWithScript(temporaryFolder(), 'nvidia-smi', smi),
    };
    const { code, stderr } = await runCli(['train', '--device', 'gpu', '--data', 'synthetic'], { env });
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /^error the GPU engine in place has code for compute capability 9\.0 alone, and the NVIDIA A100-SXM4-80GB has 8\.0\ntry /,
    );
  });
});
