import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const cwd = temporaryFolder();
const SMALL = ['--data', 'synthetic', '--limit', '96', '--device', 'cpu', '--quiet'];

beforeAll(async () => {
  await nativeBinding();
  for (const name of ['first', 'second']) {
    const { code, stderr } = await runCli(['train', ...SMALL, '--epochs', '2', '--name', name], { cwd });
    expect(code, stderr).toBe(0);
  }
});

/** A command whose picture has these words. */
type Plotted = readonly [what: string, args: readonly string[], words: readonly string[]];

const PLOTS: readonly Plotted[] = [
  [
    'the curves of a run',
    ['runs', 'show', 'first'],
    ['first', 'Loss', 'Accuracy', 'epoch', 'cross-entropy', 'training', 'validation'],
  ],
  [
    'the curves of compared runs',
    ['runs', 'compare', 'first', 'second'],
    ['Validation loss', 'Validation accuracy', 'epoch', 'first', 'second'],
  ],
  [
    'a confusion matrix',
    ['evaluate', 'first', '--device', 'cpu', '--data', 'synthetic'],
    ['Confusion matrix', 'predicted', 'true', 'Ankle boot', 'T-shirt/top'],
  ],
];

describe('--plot', () => {
  it.each(PLOTS)('draws %s with title, axes and legend as SVG, and the same as PNG', async (_, args, words) => {
    const [svg, png] = ['svg', 'png'].map((ending) => path.join(cwd, `${args[0]}-${args[1]}.${ending}`)) as [
      string,
      string,
    ];
    for (const file of [svg, png]) {
      const { code, stdout, stderr } = await runCli([...args, '--plot', file], { cwd });
      expect(code, stderr).toBe(0);
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(`wrote ${file}`);
    }
    const drawing = readFileSync(svg, 'utf8');
    const written = [...drawing.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
    for (const word of words) expect(written.join('\n')).toContain(word);
    const [, width, height] = /^<svg [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(drawing) ?? [];
    const image = PNG.sync.read(readFileSync(png));
    expect(Math.abs(image.width - 2 * Number(width))).toBeLessThanOrEqual(1);
    expect(Math.abs(image.height - 2 * Number(height))).toBeLessThanOrEqual(1);
    // White paper, with a share of ink that lines and letters have.
    const dark = image.data.filter((value, i) => i % 4 === 0 && value < 128).length;
    expect(dark / (image.width * image.height)).toBeGreaterThan(0.003);
    expect(dark / (image.width * image.height)).toBeLessThan(0.5);
  });

  it.each<readonly [string, string, RegExp]>([
    [
      'another ending',
      'curves.pdf',
      /^error --plot curves\.pdf must end in \.svg or \.png\ntry +For example: --plot \S+\.svg$/,
    ],
    [
      'a folder that is not there',
      'nowhere/curves.svg',
      /^error --plot nowhere\/curves\.svg cannot be written \(ENOENT\)/,
    ],
  ])('refuses %s in one line, and writes nothing', async (_, file, message) => {
    for (const args of PLOTS.map(([, args]) => args)) {
      const { code, stderr } = await runCli([...args, '--plot', file], { cwd });
      expect([code, stderr.split('\n').filter((line) => line.startsWith('error')).length]).toEqual([2, 1]);
      expect(stderr).toMatch(new RegExp(message.source, 'm'));
    }
    expect(existsSync(path.join(cwd, file))).toBe(false);
  });
});
