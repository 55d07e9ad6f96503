import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const LAYERS = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];

describe('a config', () => {
  const cwd = temporaryFolder();
  test.each([
    ['a number that is 0 in float32', { optimizer: { type: 'adam', epsilon: 1e-300 } }, 'optimizer.epsilon: is 1e-300'],
    ['one that is nearly', { training: { clipNorm: 1e-320 } }, 'training.clipNorm: is 1e-320'],
    ['one that is infinite in float32', { training: { clipNorm: 1e308 } }, 'training.clipNorm: is 1e+308'],
    ['a decay that is 1 in float32', { training: { emaDecay: 1 - 1e-12 } }, 'which is 1 in float32'],
    [
      'a warm-up longer than the run',
      { schedule: { type: 'cosine', warmupEpochs: 9 }, training: { epochs: 5 } },
      'schedule.warmupEpochs: is 9, but the run has 5 epochs',
    ],
  ])('with %s is refused before anything is loaded', async (_, settings, problem) => {
    writeFileSync(path.join(cwd, 'odd.json'), JSON.stringify({ layers: LAYERS, ...settings }));
    const { code, stderr } = await runCli(['train', '--model', 'odd.json', '--device', 'cpu'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });

  test('with a key twice is refused, since readers do not agree on which one counts', async () => {
    writeFileSync(
      path.join(cwd, 'twice.json'),
      `{"training":{"epochs":1,"epochs":9},"layers":${JSON.stringify(LAYERS)}}`,
    );
    const { code, stderr } = await runCli(['validate', 'twice.json'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('the key "epochs" occurs twice');
  });
});

/** A PNG of one chunk of compressed pixels, whatever the header says of them. */
function png(width: number, height: number, interlaced: boolean, pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, interlaced ? 1 : 0], 8);
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    framed.set(body, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(pixels)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

const fixture = (name: string) => readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url));

/** A WebP file of chunks; each is a file's own from its byte 12 on. */
function webp(...chunks: readonly Buffer[]): Buffer {
  const header = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  const bytes = Buffer.concat([header, ...chunks]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  return bytes;
}

/** The chunk that says how large a WebP picture is, before the one that has it. */
function canvas(width: number, height: number): Buffer {
  const chunk = Buffer.from('VP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1');
  chunk.writeUIntLE(width - 1, 12, 3);
  chunk.writeUIntLE(height - 1, 15, 3);
  return chunk;
}

/** A copy in which some bytes are others. */
function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

const [LOSSLESS, LOSSY, GIF, BMP] = ['boxes-lossless.webp', 'boxes-lossy.webp', 'boxes.gif', 'boxes.bmp'].map(
  fixture,
) as [Buffer, Buffer, Buffer, Buffer];
/** 16,384 pixels each way. */
const HUGE_LOSSLESS = changed(LOSSLESS.subarray(12), (bytes) => bytes.writeUInt32LE(0x0fffffff, 9));
const HUGE_LOSSY = changed(LOSSY.subarray(12), (bytes) => bytes.fill(0xff, 14, 18));
/** A further frame, of 65,535 pixels each way. */
const FRAME = Buffer.from([0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 2, 0x4c, 1, 0, 0x3b]);

/** Pictures that would take gigabytes, by the names of their files. */
const BOMBS: Readonly<Record<string, Buffer>> = {
  'canvas-small-lossless-huge.webp': webp(canvas(30, 20), HUGE_LOSSLESS),
  'canvas-small-lossy-huge.webp': webp(canvas(30, 20), HUGE_LOSSY),
  'canvas-huge.webp': webp(canvas(16_000_000, 16_000_000), LOSSLESS.subarray(12)),
  'after-another-chunk.webp': webp(Buffer.from('XXXX\x04\0\0\0abcd', 'latin1'), HUGE_LOSSLESS),
  'second-frame-huge.gif': Buffer.concat([GIF.subarray(0, -1), FRAME]),
  'first-frame-huge.gif': changed(GIF, (bytes) =>
    bytes.fill(0xff, bytes.indexOf(0x2c, 33) + 5, bytes.indexOf(0x2c, 33) + 9),
  ),
  'wide.bmp': changed(BMP, (bytes) => bytes.writeInt32LE(0x7fffffff, 18)),
  'high.bmp': changed(BMP, (bytes) => bytes.writeInt32LE(-0x80000000, 22)),
  'interlaced.png': png(28, 28, true, Buffer.alloc(300_000_000)),
};

/** Files that end in the middle. */
const CUT = Object.fromEntries(
  Object.entries({ 'lossless.webp': LOSSLESS, 'lossy.webp': LOSSY, 'x.gif': GIF, 'x.bmp': BMP }).flatMap(
    ([name, bytes]) =>
      [0.1, 0.5, 0.9].map((share) => [`cut-${share}-${name}`, bytes.subarray(0, bytes.length * share)]),
  ),
);

test('pictures that would take gigabytes, and such as are cut short, cost a line each and no memory', async () => {
  const cwd = temporaryFolder();
  await recordRun(path.join(cwd, 'runs'), { name: 'a' });
  const bad = { ...BOMBS, ...CUT };
  for (const folder of ['good', 'all']) {
    mkdirSync(path.join(cwd, folder));
    writeFileSync(path.join(cwd, folder, 'good.png'), fixture('boxes.png'));
  }
  for (const [name, bytes] of Object.entries(bad)) writeFileSync(path.join(cwd, 'all', name), bytes);
  const peak = async (folder: string) => {
    const { code, stdout, stderr } = await runCli(['predict', 'last', folder, '--device', 'cpu-js', '--json'], {
      cwd,
      node: ['--import', 'data:text/javascript,process.on("exit",()=>console.error(process.resourceUsage().maxRSS))'],
    });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).predictions).toMatchObject([{ input: path.join(folder, 'good.png') }]);
    const lines = stderr.trimEnd().split('\n');
    return { kilobytes: Number(lines.at(-1)), said: lines.slice(0, -1) };
  };
  const [good, all] = [await peak('good'), await peak('all')];
  expect(good.said).toEqual([]);
  const line =
    /^warning: all\/(\S+) (?:claims to be \d+×-?\d+ pixels|cannot be decoded: .*|is no picture.*); it is left out$/;
  expect(all.said.map((each) => line.exec(each)?.[1]).sort()).toEqual(Object.keys(bad).sort());
  expect(all.kilobytes - good.kilobytes).toBeLessThan(150_000);
  const alone = await runCli(['predict', 'last', 'all/wide.bmp', '--device', 'cpu-js'], { cwd });
  expect([alone.code, alone.stderr]).toEqual([3, expect.stringMatching(/^error [^\n]+\ntry [^\n]+\n$/)]);
});

describe('what is read', () => {
  test.each([true, false])(
    'a picture whose pixels inflate to far more than its size is refused (interlaced: %s)',
    async (interlaced) => {
      const cwd = temporaryFolder();
      await recordRun(path.join(cwd, 'runs'), { name: 'a' });
      writeFileSync(path.join(cwd, 'bomb.png'), png(28, 28, interlaced, Buffer.alloc(300_000_000)));
      // Node's own memory is some 100 MB: with the pixels it would not fit.
      const { code, stderr } = await runCli(['predict', 'last', 'bomb.png', '--device', 'cpu-js'], { cwd });
      if (interlaced) expect(stderr).toMatch(/^error bomb\.png cannot be decoded/);
      expect([0, 3]).toContain(code);
    },
  );

  test.each([
    ['a link to a device', (file: string) => symlinkSync('/dev/zero', file), 'it is not a file'],
    ['a pipe', (file: string) => execFileSync('mkfifo', [file]), 'it is not a file'],
    ['a folder', (file: string) => mkdirSync(file), 'it is not a file'],
    ['a file of 10 GB', (file: string) => execFileSync('truncate', ['-s', '10G', file]), 'bytes, and at most'],
  ])('%s in the place of a data file is passed over', async (_, make, why) => {
    const cwd = temporaryFolder();
    make(path.join(cwd, 'train-images-idx3-ubyte'));
    const env = { XDG_CACHE_HOME: path.join(cwd, 'cache') };
    const { code, stderr } = await runCli(['data', '--data-dir', '.', '--offline'], { cwd, env });
    expect(code).toBe(3);
    expect(stderr).toContain(why);
  });
});
