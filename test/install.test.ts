import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli } from './helpers/cli.js';
import { temporaryFolder } from './helpers/temporary-folder.js';
import { pathWithout } from './helpers/tools.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A user's folder into which the packed package was installed, and what npm said; undefined without a registry. */
function install(): { readonly folder: string; readonly said: string } | undefined {
  const folder = temporaryFolder();
  // Scripts would build again what this test is about, under the feet of the tests that run beside it.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  const home = path.join(folder, 'home');
  mkdirSync(home);
  const args = ['install', '--no-audit', '--no-fund', path.join(folder, tarball ?? '')];
  const { status, stderr } = spawnSync('npm', args, { cwd: home, encoding: 'utf8', timeout: 300_000 });
  if (status === 0) return { folder: home, said: stderr };
  if (/E(?:NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|NETUNREACH)/.test(stderr)) return undefined;
  throw new Error(stderr);
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}

const installed = install();

describe.skipIf(installed === undefined)('npm install of the packed package (skipped without a registry)', () => {
  const { folder = '', said = '' } = installed ?? {};
  const modules = path.join(folder, 'node_modules');
  const script = path.join(modules, 'fmnist/bin/fmnist.js');

  it('takes at most 60 MB', () => {
    expect(bytesIn(modules)).toBeLessThan(60e6);
  });

  it('runs no install script, and npm has nothing to ask', () => {
    const { packages } = JSON.parse(readFileSync(path.join(modules, '.package-lock.json'), 'utf8'));
    expect(Object.keys(packages)).toContain('node_modules/fmnist');
    expect(Object.keys(packages).filter((name) => packages[name].hasInstallScript)).toEqual([]);
    expect(said).not.toMatch(/script/i);
  });

  it('brings the licences of what is built into it', () => {
    const text = readFileSync(path.join(modules, 'fmnist/dist/THIRD-PARTY-LICENCES.txt'), 'utf8');
    for (const name of [
      'echarts',
      '@fontsource/inter',
      '@tensorflow/tfjs-core',
      '@resvg/resvg-wasm',
      'h5wasm',
      'zod',
    ]) {
      expect(text).toMatch(new RegExp(`^${name} [\\d.]+ \\(.+\\)`, 'm'));
    }
    for (const words of ['SIL OPEN FONT LICENSE', 'Apache License', 'Mozilla Public License'])
      expect(text).toContain(words);
  });

  it('trains there on WebAssembly, without pip, compiler and WebGPU', async () => {
    const env = {
      PATH: pathWithout(/^(python|pip|g\+\+|c\+\+|clang)/),
      CXX: '',
      XDG_CACHE_HOME: path.join(folder, 'cache'),
    };
    const args = ['train', '--model', 'conv', '--data', 'synthetic', '--limit', '64', '--epochs', '1', '--json'];
    const { code, stdout, stderr } = await runCli(args, { script, cwd: folder, env });
    expect(code, stderr).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.find(({ event }) => event === 'run_start').engine.kind).toBe('wasm');
    expect(events.at(-1)).toMatchObject({ event: 'run_end', status: 'completed' });
    expect(events.find(({ event }) => event === 'run_end').testLoss).toBeGreaterThan(0);

    const info = await runCli(['gpu-info', '--json'], { script, cwd: folder, env });
    const webgpu = JSON.parse(info.stdout).devices.find(({ device }: { device: string }) => device === 'webgpu');
    expect(webgpu).toMatchObject({ state: 'no', fix: expect.stringContaining('npm install webgpu') });
  });

  it('trains there on native TensorFlow', async () => {
    const args = ['train', '--model', 'conv', '--device', 'cpu', '--limit', '256', '--epochs', '1', '--json'];
    const { code, stdout, stderr } = await runCli(args, { script, cwd: folder });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'run_end', status: 'completed' });
  });

  it.each(['onnx', 'keras', 'tfjs', 'page', 'torch', 'saved-model'])(
    'exports as %s there what it has trained',
    async (format) => {
      const { code, stderr } = await runCli(['export', 'last', '-f', format, '--out', path.join(folder, format)], {
        script,
        cwd: folder,
      });
      expect(code, stderr).toBe(0);
    },
  );

  it('decodes pictures of every kind there', async () => {
    const pictures = path.join(ROOT, 'test/fixtures/pictures');
    const files = readdirSync(pictures).filter((name) => !name.endsWith('.sh'));
    const args = ['predict', 'last', ...files.map((name) => path.join(pictures, name)), '--json'];
    const { code, stdout, stderr } = await runCli(args, { script, cwd: folder });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).predictions).toHaveLength(files.length);
  });

  it('reports and plots there what it has trained', async () => {
    for (const args of [
      ['report', 'last', '--out', 'report.html'],
      ['evaluate', 'last', '--plot', 'confusion.png'],
    ]) {
      const { code, stderr } = await runCli(args, { script, cwd: folder });
      expect(code, stderr).toBe(0);
    }
  });
});
