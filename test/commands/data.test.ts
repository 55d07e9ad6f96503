import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { publishedFiles } from '../helpers/published-files.js';
import { realDataset } from '../helpers/real-data.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
/** With it a machine always has the data, and never downloads. */
const SYSTEM_COPY = existsSync('/usr/share/datasets/fashion-mnist');
/** The first sixteen training images, as the book's chapter shows them. */
const LABELS =
  'Ankle boot,T-shirt/top,T-shirt/top,Dress,T-shirt/top,Pullover,Sneaker,Pullover,Sandal,Sandal,T-shirt/top,Ankle boot,Sandal,Sandal,Sneaker,Ankle boot';

beforeAll(async () => {
  await realDataset();
});

test('says what there is, file by file where from, and shows the grid with names, in plain text to a pipe', async () => {
  const { code, stdout, stderr } = await runCli(['data'], { env: { COLUMNS: '80' } });
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('60,000 training and 10,000 test images');
  for (const name of ['train-images', 'train-labels', 't10k-images', 't10k-labels']) {
    expect(stdout).toMatch(new RegExp(`^${name}-idx.-ubyte +[\\d,]+$`, 'm'));
  }
  expect(stdout).toMatch(/^from cache \//m);
  const shown = stdout.match(/Ankle boot|T-shirt\/top|Dress|Pullover|Sneaker|Sandal/g);
  expect(shown?.join(',')).toBe(LABELS);
  expect(stdout).not.toContain('\x1b');
  expect(stdout).not.toContain('\r');
});

test('on a terminal draws in colour and wraps no line, at 80 columns and at 40', async () => {
  for (const columns of [80, 40]) {
    const terminal = new Terminal(process.execPath, [BIN, 'data'], { columns, rows: 24 });
    expect((await terminal.finished()).exitCode).toBe(0);
    const pictures = terminal.everything.filter((line) => line.includes('▀'));
    expect(pictures.length).toBeGreaterThan(20);
    for (const line of pictures) expect(line.length).toBeLessThan(columns);
    expect(terminal.output).toContain('\x1b[38;2;');
    expect(terminal.everything.join('\n')).toContain('Ankle boot');
  }
});

test('--json is one document, --png the picture', async () => {
  const png = join(temporaryFolder(), 'grid.png');
  const { code, stdout } = await runCli(['data', '--json', '--offline', '--png', png]);
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ synthetic: false, train: 60_000, test: 10_000, notes: [] });
  expect(report.files).toHaveLength(4);
  expect(report.classes[9]).toEqual({ label: 9, name: 'Ankle boot', train: 6_000, test: 1_000 });
  const image = PNG.sync.read(readFileSync(png));
  expect([image.width, image.height]).toEqual([732, 820]);
});

test('--data synthetic says what it is', async () => {
  const { code, stdout } = await runCli(['data', '--data', 'synthetic'], { env: { XDG_CACHE_HOME: '/nowhere' } });
  expect(code).toBe(0);
  expect(stdout).toMatch(/synthetic images, not Fashion-MNIST/);
});

test('what version 0.1 kept, without a folder for the data set, is read where it lies', async () => {
  const cache = temporaryFolder();
  const former = join(cache, 'fmnist', 'data');
  mkdirSync(former, { recursive: true });
  for (const [name, bytes] of await publishedFiles()) writeFileSync(join(former, name.slice(0, -3)), gunzipSync(bytes));
  const { code, stdout } = await runCli(['data', '--offline'], { env: { XDG_CACHE_HOME: cache } });
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^from cache ${former}$`, 'm'));
});

describe('when the data cannot be had', () => {
  test.skipIf(SYSTEM_COPY)('offline with nothing on the machine: exit 3, what, where and what to do', async () => {
    const { code, stdout, stderr } = await runCli(['data', '--offline'], {
      env: { XDG_CACHE_HOME: temporaryFolder() },
    });
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error train-images-idx3-ubyte is not on this machine, and --offline forbids/);
    expect(stderr).toMatch(/fmnist data/);
    expect(stderr).not.toMatch(/\bat .*\.js:/);
  });

  test.skipIf(SYSTEM_COPY).each([
    [
      'a cut-off file',
      (bytes: Buffer) => bytes.subarray(0, 3_000),
      /t10k-labels-idx1-ubyte from folder .*cut off at 3,000 bytes/,
    ],
    [
      'MNIST instead',
      (bytes: Buffer) => Buffer.alloc(10_008, bytes.length),
      /t10k-labels-idx1-ubyte from folder .*MNIST instead of Fashion-MNIST/,
    ],
  ])('%s in FMNIST_DATA_DIR and no other source: exit 3, and the folder may be mended', async (_, damage, said) => {
    const folder = temporaryFolder();
    const published = await publishedFiles();
    for (const [name, bytes] of published) writeFileSync(join(folder, name), bytes);
    const name = 't10k-labels-idx1-ubyte.gz';
    const whole = published.get(name) ?? Buffer.alloc(0);
    writeFileSync(join(folder, name), damage(whole));
    const env = { XDG_CACHE_HOME: temporaryFolder(), FMNIST_DATA_DIR: folder, FMNIST_OFFLINE: '1' };
    const bad = await runCli(['data'], { env });
    expect(bad.code).toBe(3);
    expect(bad.stderr).toMatch(said);
    writeFileSync(join(folder, name), whole);
    const good = await runCli(['data'], { env });
    expect(good.code).toBe(0);
    expect(good.stdout).toContain(`folder ${folder}`);
  });

  test('a --data-dir that does not exist: exit 3', async () => {
    const { code, stderr } = await runCli(['data', '--data-dir', '/no/such/folder']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/error the data folder \/no\/such\/folder does not exist/);
  });

  test('a --png that cannot be written: exit 2', async () => {
    const { code, stderr } = await runCli(['data', '--png', '/no/such/folder/x.png']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--png \/no\/such\/folder\/x.png cannot be written \(ENOENT\)/);
  });
});

/** A place for a download that never comes: a proxy that takes every connection and never answers. */
async function stuck() {
  const cache = temporaryFolder();
  const sockets: Socket[] = [];
  const proxy = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  const asked = once(proxy, 'connection');
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`;
  const env = { XDG_CACHE_HOME: cache, HTTPS_PROXY: url, https_proxy: url, NO_PROXY: '', no_proxy: '' };
  const kept = () => readdirSync(join(cache, 'fmnist', 'data', 'fashion-mnist'));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  };
  return { env, asked, kept, [Symbol.asyncDispose]: close };
}

test('Ctrl-C while what is in the cache is read: nothing is said of a download', async () => {
  const interrupt = "process.on('newListener', (event) => event === 'SIGINT' && process.kill(process.pid, 'SIGINT'))";
  const node = ['--import', `data:text/javascript,${encodeURIComponent(interrupt)}`];
  const { code, stdout, stderr } = await runCli(['data'], { node });
  expect([code, stdout, stderr]).toEqual([130, '', 'error stopped before it began\n']);
});

describe.skipIf(SYSTEM_COPY)('stopping a download', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('with %s: exit %i, nothing kept', async (signal, code) => {
    await using download = await stuck();
    const child = spawn(process.execPath, [BIN, 'data'], { env: { ...process.env, ...download.env } });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await download.asked;
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(stderr).toMatch(/the download was stopped; nothing of it was kept/);
    expect(download.kept()).toEqual([]);
  });

  test('with Ctrl-C in a terminal: the bar goes, the cursor comes back, nothing is kept', async () => {
    await using download = await stuck();
    const terminal = new Terminal(process.execPath, [BIN, 'data'], { columns: 80, rows: 24, env: download.env });
    await terminal.until((screen) => screen.includes('train-images'));
    terminal.type('\x03');
    expect((await terminal.finished()).exitCode).toBe(130);
    expect(terminal.cursorShown).toBe(true);
    expect(terminal.everything.join('\n')).not.toContain('train-images');
    expect(terminal.everything.join('\n')).toMatch(/the download was stopped/);
    expect(download.kept()).toEqual([]);
  });
});
