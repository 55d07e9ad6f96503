import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { preflight } from '../../../src/engine/native/provision/preflight.js';
import { recipeFor, thisMachine } from '../../../src/engine/native/provision/recipes.js';
import { runCli } from '../../helpers/cli.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { hasTool, pathWithout } from '../../helpers/tools.js';

const TOOLS = hasTool(/^pip3?$/) && hasTool(/^(g|c|clang)\+\+$/);

/** What `fmnist setup` leaves in an empty cache, besides the folders themselves. */
function leftIn(cache: string): string[] {
  const engines = path.join(cache, 'fmnist', 'engines');
  if (!existsSync(engines)) return [];
  return readdirSync(engines, { recursive: true })
    .map(String)
    .filter((name) => name !== 'downloads');
}

async function failingSetup(env: Record<string, string>) {
  const cache = temporaryFolder();
  const result = await runCli(['setup', '--variant', 'cpu'], { env: { XDG_CACHE_HOME: cache, ...env } });
  return { ...result, left: leftIn(cache) };
}

describe('a machine that lacks what setting the engine up needs is told so, and nothing is left half-done', () => {
  it('without pip', async () => {
    const { code, stderr, left } = await failingSetup({ PATH: pathWithout(/^(pip|python)/) });
    expect(code).toBe(4);
    expect(stderr).toContain('pip was not found');
    expect(stderr).toContain('apt-get install python3-pip');
    expect(left).toEqual([]);
  });

  it('without a compiler', async () => {
    const { code, stderr, left } = await failingSetup({ PATH: pathWithout(/(g|c|clang)\+\+/), CXX: '' });
    expect(code).toBe(4);
    expect(stderr).toContain('no C++ compiler was found');
    expect(stderr).toContain('apt-get install g++');
    expect(left).toEqual([]);
  });

  it('without both, in one error', async () => {
    const { code, stderr } = await failingSetup({ PATH: pathWithout(/^(pip|python)|(g|c|clang)\+\+/), CXX: '' });
    expect(code).toBe(4);
    expect(stderr).toContain('pip was not found');
    expect(stderr).toContain('no C++ compiler was found');
  });

  it('with a cache that cannot be written', async () => {
    const file = path.join(temporaryFolder(), 'a-file');
    writeFileSync(file, '');
    const { code, stderr } = await failingSetup({ XDG_CACHE_HOME: file });
    expect(code).toBe(4);
    expect(stderr).toContain(`${file}/fmnist/engines cannot be written`);
    expect(stderr).toContain('XDG_CACHE_HOME');
  });

  it.skipIf(!TOOLS)('without room on the disk', async () => {
    const recipe = { ...recipeFor('cpu', thisMachine()), unpackedBytes: 1e18 };
    const cache = temporaryFolder();
    await expect(preflight(recipe, cache, process.env)).rejects.toThrow(/needs 1000000000\.\d GB in .* are free/);
  });

  it.skipIf(!TOOLS)('without a network', async () => {
    const { code, stderr, left } = await failingSetup({
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_FIND_LINKS: '',
      PIP_RETRIES: '1',
      no_proxy: '127.0.0.1',
    });
    expect(code).toBe(4);
    expect(stderr).toContain('no connection to the Python package index');
    expect(stderr).toContain('PIP_INDEX_URL');
    expect(left).toEqual([]);
  });

  it.skipIf(!TOOLS)('with an index that sends another file under the right name', async () => {
    const index = temporaryFolder();
    writeFileSync(path.join(index, 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'), 'something else');
    const { code, stderr, left } = await failingSetup({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: index });
    expect(code).toBe(4);
    expect(stderr).toContain('SHA-256 differs');
    expect(left).toEqual([]);
  });
});

describe('a machine that no TensorFlow is published for is told what works there', () => {
  it.each([
    [{ platform: 'darwin', arch: 'arm64', libc: undefined }, /no native TensorFlow for darwin arm64/, /webgpu/],
    [{ platform: 'win32', arch: 'x64', libc: undefined }, /no native TensorFlow for win32 x64/, /wasm/],
    [{ platform: 'linux', arch: 'x64', libc: 'musl' }, /needs glibc/, /wasm/],
    [{ platform: 'linux', arch: 'arm64', libc: 'glibc' }, /no GPU build/, /cpu/],
  ] as const)('%o', (machine, message, hint) => {
    const asked = () => recipeFor('gpu', machine);
    expect(asked).toThrow(message);
    expect(asked).toThrow(expect.objectContaining({ exitCode: 4, hint: expect.stringMatching(hint) }));
  });
});
