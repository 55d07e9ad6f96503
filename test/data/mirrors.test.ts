import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { type LoadOptions, loadDataset } from '../../src/data/dataset.js';
import { cacheSource } from '../../src/data/sources/cache.js';
import { dataDirSource } from '../../src/data/sources/data-dir.js';
import { mirrorSource } from '../../src/data/sources/mirror.js';
import type { DataProgress } from '../../src/data/sources/source.js';
import { DataError } from '../../src/errors.js';
import { mirrorServer } from '../helpers/mirror-server.js';
import { publishedFiles } from '../helpers/published-files.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const FILES = [
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
];
const PATIENCE = { retries: 1, answerMs: 1_000, stallMs: 1_000 };

let published: ReadonlyMap<string, Buffer>;
beforeAll(async () => {
  published = await publishedFiles();
});

const honest: RequestListener = (request, response) => {
  const bytes = published.get((request.url ?? '').slice(1));
  if (bytes === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
};

/** Loads from these mirrors alone, into the given cache. */
function load(cacheDir: string, urls: readonly string[], more: LoadOptions = {}) {
  const sources = [cacheSource, dataDirSource, ...urls.map((url) => mirrorSource(url, PATIENCE))];
  return loadDataset({ cacheDir, sources, ...more });
}

test('downloads and keeps the four files; the second time needs no network', async () => {
  const cache = temporaryFolder();
  const told: DataProgress[] = [];
  {
    await using mirror = await mirrorServer(honest);
    const data = await load(cache, [mirror.url], { onProgress: (progress) => told.push(progress) });
    expect(data.train.labels.length).toBe(60_000);
    expect(data.test.images.length).toBe(7_840_000);
    expect(data.files.every((file) => file.source.startsWith('mirror 127.0.0.1'))).toBe(true);
    expect(data.notes).toEqual([]);
    expect(mirror.requests.length).toBe(4);
  }
  expect(told.filter((progress) => progress.what === FILES[2]).at(-1)?.fraction).toBe(1);
  expect(readdirSync(cache).toSorted()).toEqual(FILES);

  const again = await load(cache, [], { offline: true });
  expect(again.source).toBe(`cache ${cache}`);
  expect([...again.test.labels.subarray(0, 5)]).toEqual([9, 2, 1, 1, 6]);
});

/** What a mirror may do wrong to the training labels, and what is said about it. */
const WRONGS: readonly [string, RequestListener, RegExp][] = [
  [
    'cuts the file off',
    (_, response) => response.end(published.get('train-labels-idx1-ubyte.gz')?.subarray(0, 9_000)),
    /cut off at 9,000 bytes/,
  ],
  ['sends MNIST', (_, response) => response.end(gzipSync(Buffer.alloc(60_008, 3))), /MNIST instead of Fashion-MNIST/],
  ['sends a web page', (_, response) => response.end('<!DOCTYPE html><html>log in'), /web page/],
  [
    'sends a decompression bomb',
    (_, response) => response.end(gzipSync(Buffer.alloc(50_000_000))),
    /inflates to more than 60,008/,
  ],
  ['sends without end', (_, response) => endless(response), /sends more than/],
  ['does not have the file', (_, response) => response.writeHead(404).end(), /HTTP 404/],
  ['answers 500', (_, response) => response.writeHead(500).end(), /HTTP 500/],
  ['breaks the connection', (_, response) => response.destroy(), /closed|reset|hang up|terminated/i],
  [
    'announces more than it sends',
    (_, response) => {
      response.writeHead(200, { 'content-length': 20_000 });
      response.write('short', () => response.destroy());
    },
    /closed|terminated/i,
  ],
  [
    'falls silent',
    (_, response) => {
      response.writeHead(200);
      response.write('x');
    },
    /timeout/i,
  ],
];

function endless(response: Parameters<RequestListener>[1]): void {
  const chunk = Buffer.alloc(1 << 20);
  const send = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', send);
  };
  send();
}

test.each(WRONGS)('a mirror that %s is passed over for the next one, and that is reported', async (_, wrong, said) => {
  const cache = temporaryFolder();
  await using bad = await mirrorServer((request, response) =>
    request.url?.startsWith('/train-labels') ? wrong(request, response) : honest(request, response),
  );
  await using good = await mirrorServer(honest);
  const data = await load(cache, [bad.url, good.url]);
  expect([...data.train.labels.subarray(0, 5)]).toEqual([9, 0, 0, 3, 0]);
  expect(data.files[1]?.source).toBe(`mirror ${new URL(good.url).host}`);
  expect(data.notes.join('\n')).toMatch(said);
  expect(data.notes.join('\n')).toContain(new URL(bad.url).host);
  // A file that is not what it should be is worth a warning, a place that has none is not.
  expect(data.warnings).toEqual(/passed over/.test(data.notes.join()) ? data.notes : []);
  expect(readdirSync(cache).toSorted()).toEqual(FILES);
});

test('a failure that passes is tried again', async () => {
  let failures = 0;
  await using mirror = await mirrorServer((request, response) => {
    if (request.url?.startsWith('/t10k-labels') && failures++ === 0) response.writeHead(503).end();
    else honest(request, response);
  });
  const data = await load(temporaryFolder(), [mirror.url]);
  expect(failures).toBe(2);
  expect(data.notes).toEqual([]);
});

test('no mirror at all: a data error that names the reason, and an empty cache', async () => {
  const cache = temporaryFolder();
  const gone = await mirrorServer(honest);
  await gone[Symbol.asyncDispose]();
  const failure = await load(cache, [gone.url, 'http://fmnist.invalid/']).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DataError);
  if (!(failure instanceof DataError)) return;
  expect(failure.message).toMatch(/could not be read or fetched from any source/);
  expect(failure.hint).toMatch(/--data-dir/);
  expect(failure.problems).toHaveLength(2);
  expect(failure.problems.join()).toMatch(/ECONNREFUSED/);
  expect(readdirSync(cache)).toEqual([]);
});

test('--offline asks no mirror', async () => {
  await using mirror = await mirrorServer(honest);
  await expect(load(temporaryFolder(), [mirror.url], { offline: true })).rejects.toThrow(/--offline/);
  expect(mirror.requests).toEqual([]);
});

test('a damaged file in the cache is reported, fetched again and replaced', async () => {
  const cache = temporaryFolder();
  await using mirror = await mirrorServer(honest);
  await load(cache, [mirror.url]);
  const path = join(cache, 'train-labels-idx1-ubyte');
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, 30_000));
  const data = await load(cache, [mirror.url]);
  expect(data.notes.join()).toMatch(/train-labels-idx1-ubyte from cache .*30,000 bytes instead of 60,008/);
  expect(readFileSync(path).equals(whole)).toBe(true);
  expect(mirror.requests.length).toBe(5);
});

test('an interrupted download stops at once and leaves nothing', async () => {
  const cache = temporaryFolder();
  const controller = new AbortController();
  await using mirror = await mirrorServer((_, response) => {
    response.writeHead(200);
    response.write('x');
    controller.abort();
  });
  await expect(load(cache, [mirror.url], { signal: controller.signal })).rejects.toThrow(/abort/i);
  expect(readdirSync(cache)).toEqual([]);
});

/** Sets proxy variables for one test; give what it returns to undo it. */
function setProxy(url: string): Disposable {
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  process.env.HTTP_PROXY = url;
  process.env.HTTPS_PROXY = url;
  return {
    [Symbol.dispose]() {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    },
  };
}

test('goes through the proxy that the environment names', async () => {
  await using proxy = await mirrorServer((request, response) => {
    request.url = new URL(request.url ?? '').pathname;
    honest(request, response);
  });
  using _ = setProxy(proxy.url);
  const data = await load(temporaryFolder(), ['http://fashion.invalid/']);
  expect(data.source).toBe('mirror fashion.invalid');
  expect(proxy.requests[0]).toBe('http://fashion.invalid/train-images-idx3-ubyte.gz');
});

test('a proxy that hangs up on us is given up soon', async () => {
  await using proxy = await mirrorServer((_, response) => response.end());
  using _ = setProxy(proxy.url);
  const failure = await load(temporaryFolder(), ['https://fashion.invalid/']).catch((error: unknown) => error);
  expect(failure instanceof DataError && failure.problems.join()).toMatch(/timeout: no answer for 1 s/);
});
