import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/cli.js';
import { hasStrace, tracingRenames, unsynced } from '../../helpers/strace.js';
import { until } from '../../helpers/sweeps.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { hasTool, pathWithout } from '../../helpers/tools.js';

const BIN = fileURLToPath(new URL('../../../bin/fmnist.js', import.meta.url));
const SETUP = ['setup', '--variant', 'cpu', '--json'];
const TOOLS = hasTool(/^pip3?$/) && hasTool(/^(g|c|clang)\+\+$/);
const MINUTES = 60_000;

/** Starts a setup and kills it, without a chance to tidy up, once its stderr says so. */
async function killedAt(sign: RegExp, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [BIN, ...SETUP], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (sign.test(said)) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return said;
}

/**
 * A setup without a network that stands still (Ctrl-Z, SIGSTOP) for longer than a compiler gets to say its version.
 * @returns its words
 */
async function stoppedWhileLooking(): Promise<string> {
  const folder = temporaryFolder();
  const [asked, may] = [path.join(folder, 'asked'), path.join(folder, 'may')];
  const compiler = path.join(folder, 'g++');
  const slow = `touch ${asked}; while [ ! -e ${may} ]; do sleep 0.1; done; echo 'g++ 13.0'`;
  writeFileSync(compiler, `#!/bin/sh\n${slow}\n`, { mode: 0o755 });
  const nowhere = 'http://127.0.0.1:9/';
  const env = {
    ...{ ...process.env, XDG_CACHE_HOME: path.join(folder, 'cache'), CXX: compiler },
    ...{
      PATH: pathWithout(/(g|c|clang)\+\+/),
      PIP_NO_INDEX: '1',
      npm_config_registry: nowhere,
      npm_config_fetch_retries: '0',
    },
  };
  const child = spawn(process.execPath, [BIN, ...SETUP], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close');
  await until('the compiler is asked', () => existsSync(asked) || child.exitCode !== null);
  child.kill('SIGSTOP');
  await sleep(31_000);
  child.kill('SIGCONT');
  await sleep(500);
  writeFileSync(may, '');
  await ended;
  return said;
}

describe.skipIf(!TOOLS)('setting up native TensorFlow (skipped without pip and a C++ compiler)', () => {
  const cache = temporaryFolder();
  const env = { XDG_CACHE_HOME: cache };
  const engines = path.join(cache, 'fmnist', 'engines');
  const traces = temporaryFolder();
  /** Of the setup that did the work. */
  let log = '';
  let stopped: Promise<string>;
  // Beside the others: half a minute of standing still.
  beforeAll(() => {
    stopped = stoppedWhileLooking();
    // It is the test that waits for it which fails.
    stopped.catch(() => {});
  });

  it('may be killed when the download is done', { timeout: 10 * MINUTES }, async () => {
    expect(await killedAt(/unpacking/, { ...process.env, ...env })).toContain('unpacking tensorflow-cpu==2.21.0');
    expect(readdirSync(path.join(engines, 'downloads'))).toHaveLength(1);
  });

  it('goes on from there without downloading again, and two at once do the work once', {
    timeout: 10 * MINUTES,
  }, async () => {
    const logs = ['first', 'second'].map((name) => path.join(traces, name));
    const both = await Promise.all(logs.map((file) => runCli(SETUP, { env, within: tracingRenames(file) })));
    expect(both.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const results = both.map(({ stdout }) => JSON.parse(stdout));
    expect(results.map(({ built }) => built).sort()).toEqual([false, true]);
    log = logs[results.findIndex(({ built }) => built)] ?? '';
    expect(results[0].binding).toBe(results[1].binding);
    // Downloads report themselves as they grow; a kept wheel is there at once.
    expect(both.map(({ stderr }) => stderr).join('')).not.toMatch(/downloading .*\((0|[1-9]\d?) MB/);
  });

  it.skipIf(!hasStrace)(
    'is on the disk, all of it, before it gets its name: no power cut leaves half an engine',
    () => {
      const [engine = ''] = readdirSync(engines);
      expect(unsynced(log, path.join(engines, engine))).toEqual({ missing: [], named: true });
    },
  );

  it('that stood still for a while does not blame the compiler for it', async () => {
    const said = await stopped;
    expect(said).toMatch(/could not be downloaded/);
    expect(said).not.toMatch(/compiler/);
  });

  it('leaves the engine alone in the cache', () => {
    expect(readdirSync(engines)).toEqual([expect.stringMatching(/^tensorflow-2\.21\.0-cpu-/)]);
  });

  it('has nothing to do the next time', async () => {
    const { stdout, stderr, code } = await runCli(SETUP, { env });
    expect([code, JSON.parse(stdout).built, stderr]).toEqual([0, false, '']);
  });

  it('says what is in place', async () => {
    const { stdout, code } = await runCli(['setup', '--check', '--variant', 'cpu', '--json'], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ready: true,
      engines: expect.arrayContaining([
        expect.objectContaining({ source: 'provisioned', variant: 'cpu', state: 'ready', tensorflow: '2.21.0' }),
      ]),
    });
    expect((await runCli(['setup', '--check', '--variant', 'gpu'], { env })).code).toBe(4);
  });

  it('loads without a word on stderr', async () => {
    const script = `
      const { findProvisioned, defaultEngineCache } = await import('./build/engine/native/binding/engines.js');
      const { recipeFor, thisMachine } = await import('./build/engine/native/provision/recipes.js');
      const { loadBinding } = await import('./build/engine/native/binding/load.js');
      const engine = await findProvisioned(defaultEngineCache(), recipeFor('cpu', thisMachine()));
      console.log(loadBinding(engine, { threads: 1, gpu: false }).TF_Version);
      console.error('heard');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: path.dirname(path.dirname(BIN)),
      env: { ...process.env, ...env },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    await new Promise((resolve) => child.on('close', resolve));
    expect([out, err]).toEqual(['2.21.0\n', 'heard\n']);
  });
});
