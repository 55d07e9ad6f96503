import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { DataCache } from '../../src/data/cache.js';
import { loadDataset } from '../../src/data/dataset.js';
import { aptSource } from '../../src/data/sources/apt.js';
import { cacheSource } from '../../src/data/sources/cache.js';
import { dataDirSource } from '../../src/data/sources/data-dir.js';
import { mirrorSource } from '../../src/data/sources/mirror.js';
import { SourceUnavailable } from '../../src/data/sources/source.js';
import { DataError } from '../../src/errors.js';
import { mirrorServer } from '../helpers/mirror-server.js';
import { publishedFiles } from '../helpers/published-files.js';
import { smallDisk } from '../helpers/small-disk.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

let published: ReadonlyMap<string, Buffer>;
beforeAll(async () => {
  published = await publishedFiles();
});

function dataFolder(without = ''): string {
  const folder = temporaryFolder();
  for (const [name, bytes] of published) if (name !== without) writeFileSync(join(folder, name), bytes);
  return folder;
}

/** A place where nothing can be written, for root as well. */
function unwritable(): string {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  return join(file, 'cache');
}

const LOCAL = [cacheSource, dataDirSource];

describe('--data-dir', () => {
  test('is read where it lies, even when the cache cannot be written', async () => {
    const dataDir = dataFolder();
    const data = await loadDataset({ cacheDir: unwritable(), dataDir, sources: LOCAL });
    expect(data.source).toBe(`folder ${dataDir}`);
    expect(data.train.images.length).toBe(47_040_000);
  });

  test('without one of the files says which', async () => {
    const dataDir = dataFolder('t10k-labels-idx1-ubyte.gz');
    const failure = await loadDataset({ cacheDir: temporaryFolder(), dataDir, sources: LOCAL }).catch(
      (e: unknown) => e,
    );
    expect(failure).toBeInstanceOf(DataError);
    expect(failure instanceof DataError && failure.problems.join()).toContain(`there is no t10k-labels-idx1-ubyte`);
  });

  test('that is not there is an error, not a download', async () => {
    await expect(loadDataset({ dataDir: '/nowhere/at/all' })).rejects.toThrow(
      'the data folder /nowhere/at/all does not exist',
    );
  });

  test('takes files without .gz, and the dotted names of other copies', async () => {
    const { test: expected } = await loadDataset();
    const dataDir = dataFolder('t10k-labels-idx1-ubyte.gz');
    const raw = Buffer.concat([Buffer.from([0, 0, 8, 1, 0, 0, 0x27, 0x10]), expected.labels]);
    writeFileSync(join(dataDir, 't10k-labels.idx1-ubyte'), raw);
    const data = await loadDataset({ cacheDir: temporaryFolder(), dataDir, sources: LOCAL });
    expect(Buffer.compare(data.test.labels, expected.labels)).toBe(0);
  });
});

describe('a cache that cannot be written', () => {
  test('is one clear error, before anything is fetched', async () => {
    await using mirror = await mirrorServer((_, response) => response.end());
    const cacheDir = unwritable();
    const failure = await loadDataset({ cacheDir, sources: [cacheSource, mirrorSource(mirror.url)] }).catch(
      (e: unknown) => e,
    );
    expect(failure).toBeInstanceOf(DataError);
    expect(String(failure)).toContain(cacheDir);
    expect(failure instanceof DataError && failure.hint).toMatch(/XDG_CACHE_HOME/);
    expect(mirror.requests).toEqual([]);
  });

  test('because the disk is full says so, leaves nothing, and works once there is room', async (context) => {
    const disk = smallDisk(context, 8);
    const cache = new DataCache(join(disk.folder, 'data'));
    const bytes = new Uint8Array(9 << 20);
    await expect(cache.write('file', bytes)).rejects.toThrow(/no space is left on the disk/);
    expect(readdirSync(join(disk.folder, 'data'))).toEqual([]);
    disk.grow(16);
    await cache.write('file', bytes);
    expect(readdirSync(join(disk.folder, 'data'))).toEqual(['file']);
  });
});

test('what a killed process left in the cache is swept away, what another is still writing is not', async () => {
  const folder = temporaryFolder();
  const cache = new DataCache(folder);
  mkdirSync(join(folder, '.tmp-dead'));
  writeFileSync(join(folder, '.tmp-alive'), '');
  const yesterday = Date.now() / 1000 - 86_400;
  utimesSync(join(folder, '.tmp-dead'), yesterday, yesterday);
  const scratch = await cache.scratch();
  expect(
    readdirSync(folder)
      .map((name) => join(folder, name))
      .toSorted(),
  ).toEqual([join(folder, '.tmp-alive'), scratch].toSorted());
});

test("Debian's package is fetched without root and without installing it", async (context) => {
  const cacheDir = temporaryFolder();
  const source = aptSource({
    kind: 'apt',
    package: 'dataset-fashion-mnist',
    folder: '/usr/share/datasets/fashion-mnist',
  })({
    cacheDir,
    dataDir: undefined,
    scratch: async () => temporaryFolder(),
    onProgress: () => undefined,
    signal: undefined,
  });
  const bytes = await source
    ?.read({ name: 't10k-labels-idx1-ubyte', bytes: 0, sha256: '' })
    .catch((error: unknown) =>
      error instanceof SourceUnavailable ? context.skip(error.message) : Promise.reject(error),
    );
  expect(bytes?.length).toBe(5_125);
});
