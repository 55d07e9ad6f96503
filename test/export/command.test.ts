import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { FORMAT_NAMES } from '../../src/export/formats.js';
import { decodeSafeTensors, encodeSafeTensors } from '../../src/runs/safetensors.js';
import { type CliOptions, runCli } from '../helpers/cli.js';
import { nodePackage } from '../helpers/node-package.js';
import { smallDisk } from '../helpers/small-disk.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const cwd = temporaryFolder();
const fmnist = (args: readonly string[], options: CliOptions = {}) => runCli(args, { cwd, ...options });
let weights: string;

beforeAll(async () => {
  const args = ['train', '-m', 'conv-pool', '--limit', '600', '--epochs', '1', '--device', 'cpu', '--json'];
  const { code, stdout } = await fmnist(args);
  expect(code).toBe(0);
  const { run } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  weights = path.join(cwd, run, 'checkpoints', 'last.safetensors');
});

/** The hash of each file in a folder. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => [name, path.join(folder, name)] as const)
    .filter(([, file]) => statSync(file).isFile());
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
  return Object.fromEntries(files.map(([name, file]) => [name, hash(file)]));
}

describe('fmnist export', () => {
  it.each(FORMAT_NAMES)('writes %s without loading TensorFlow or tfjs', async (format) => {
    const watched = pathToFileURL(path.resolve('test/helpers/no-tensorflow.js')).href;
    const args = ['export', 'last', '-f', format, '--no-verify', '--json'];
    const { code, stdout } = await fmnist(args, { node: ['--import', watched] });
    expect(code).toBe(0);
    const { out, bytes } = JSON.parse(stdout);
    expect(bytes).toBeGreaterThan(900_000);
    expect(existsSync(path.join(cwd, out))).toBe(true);
  });

  it('writes the same bytes from the same weights, whatever the format', async () => {
    const written = async (folder: string) => {
      mkdirSync(path.join(cwd, folder));
      for (const format of FORMAT_NAMES) {
        const out = path.join(folder, format);
        expect((await fmnist(['export', weights, '-f', format, '-o', out, '--no-verify'])).code).toBe(0);
      }
      return contents(path.join(cwd, folder));
    };
    const first = await written('first');
    expect(Object.keys(first).length).toBeGreaterThan(FORMAT_NAMES.length);
    expect(await written('second')).toEqual(first);
  });

  it.each(['tfjs', 'saved-model', 'page'])('runs %s on test images and says how near it comes', async (format) => {
    const { code, stdout } = await fmnist(['export', 'last', '-f', format, '--out', `verified-${format}`]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/verified on 256 test images: .* the same class on every image/),
    ]);
  });

  it('runs onnx where the user has onnxruntime-node', async (context) => {
    const modules = nodePackage('onnxruntime-node', '1.30.0');
    if (modules === undefined) return context.skip('needs onnxruntime-node from npm');
    symlinkSync(modules, path.join(cwd, 'node_modules'));
    const { code, stdout } = await fmnist(['export', 'last', '-f', 'onnx', '--verify', '--force', '--json']);
    rmSync(path.join(cwd, 'node_modules'));
    const { verified } = JSON.parse(stdout);
    expect([code, verified]).toMatchObject([0, { images: 256, sameClass: 256 }]);
    expect(verified.difference).toBeLessThan(1e-5);
    // The first time, it is installed.
  }, 600_000);

  it('says where there is no room for what keras is made of', async () => {
    const { code, stderr } = await fmnist(['export', 'last', '-f', 'keras', '--out', 'a.keras'], {
      env: { TMPDIR: '/nowhere/at/all' },
    });
    const said = /^error no temporary file can be written in \/nowhere\/at\/all \(ENOENT\)\ntry .*TMPDIR/;
    expect([code, stderr]).toEqual([3, expect.stringMatching(said)]);
  });

  it('keeps what is there, but for --force', async () => {
    writeFileSync(path.join(cwd, 'kept.onnx'), 'mine');
    const refused = await fmnist(['export', 'last', '-f', 'onnx', '--out', 'kept.onnx']);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/^error kept\.onnx is there already$/m)]);
    expect(readFileSync(path.join(cwd, 'kept.onnx'), 'utf8')).toBe('mine');
    const forced = await fmnist(['export', 'last', '-f', 'onnx', '--out', 'kept.onnx', '--force', '--no-verify']);
    expect(forced.code).toBe(0);
    expect(readFileSync(path.join(cwd, 'kept.onnx')).length).toBeGreaterThan(900_000);
  });

  it('replaces an export, but no folder that holds anything else', async () => {
    const again = () => fmnist(['export', 'last', '-f', 'torch', '--out', 'folder', '--force', '--no-verify']);
    expect((await again()).code).toBe(0);
    expect((await again()).code).toBe(0);
    writeFileSync(path.join(cwd, 'folder', 'mine.txt'), 'mine');
    const refused = await again();
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/^error folder holds mine\.txt, which/m)]);
    expect(readFileSync(path.join(cwd, 'folder', 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('refuses weights that are not numbers, and writes nothing', async () => {
    const { tensors, metadata } = decodeSafeTensors(readFileSync(weights), weights);
    const broken = [...tensors].filter(([name]) => !name.startsWith('adam'));
    broken[0]?.[1].data.fill(Number.NaN);
    expect(metadata.size).toBeGreaterThan(0);
    writeFileSync(path.join(cwd, 'nan.safetensors'), Buffer.concat(encodeSafeTensors(new Map(broken))));
    const { code, stderr } = await fmnist([
      'export',
      'nan.safetensors',
      '-m',
      'conv-pool',
      '-f',
      'keras',
      '-o',
      'nan.keras',
    ]);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/holds a value that is not finite/)]);
    expect(readdirSync(cwd).filter((name) => name.startsWith('nan.keras'))).toEqual([]);
  });

  it('refuses a run that has not trained yet', async () => {
    const run = path.dirname(path.dirname(weights));
    mkdirSync(path.join(cwd, 'others', 'new'), { recursive: true });
    cpSync(path.join(run, 'config.json'), path.join(cwd, 'others', 'new', 'config.json'));
    const { code, stderr } = await fmnist(['export', 'new', '--runs-dir', 'others', '-f', 'tfjs', '-o', 'untrained']);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/there is no such checkpoint/)]);
    expect(existsSync(path.join(cwd, 'untrained'))).toBe(false);
  });

  it('says in one line where it cannot write', async () => {
    writeFileSync(path.join(cwd, 'file'), '');
    const { code, stderr } = await fmnist(['export', 'last', '-f', 'tfjs', '-o', 'file/model', '--no-verify']);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/^error file\/model cannot be written: E(?:NOTDIR|EXIST)$/m),
    ]);
  });

  it.for(['page', 'keras'])('leaves nothing of %s on a disk that fills up', async (format, context) => {
    const { folder } = smallDisk(context, 1);
    const args = ['export', 'last', '-f', format, '-o', path.join(folder, 'model'), '--no-verify'];
    const { code, stderr } = await fmnist(args);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/model cannot be written: ENOSPC/)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each<[string, number, RegExp, ...string[]]>([
    ['a format that does not exist', 2, /--format must be one of .* Did you mean "keras"/, '-f', 'kears'],
    ['averages that were never kept', 3, /holds no averaged weights/, '-f', 'onnx', '--checkpoint', 'ema', '--force'],
    ['--serve without a page', 2, /--serve is for --format page alone/, '-f', 'onnx', '--serve'],
    ['--verify of what runs in Python alone', 2, /--verify cannot run keras here/, '-f', 'keras', '--verify'],
  ])('refuses %s in one line', async (_, exitCode, message, ...args) => {
    const { code, stderr } = await fmnist(['export', 'last', ...args]);
    expect([code, stderr]).toEqual([exitCode, expect.stringMatching(message)]);
    expect(stderr).not.toContain('    at ');
  });
});
