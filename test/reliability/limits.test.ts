import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
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
