import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import { dataProgress } from '../../src/ui/data-progress.js';
import { engineProgress } from '../../src/ui/engine-progress.js';
import { Transfer } from '../../src/ui/transfer.js';
import { Sink } from '../helpers/sink.js';

const ENV = { TERM: 'xterm-256color' };

/** A stream that is a terminal, and the emulator that shows what was written to it. */
function terminal(columns: number) {
  const emulator = new xterm.Terminal({ cols: columns, rows: 10, allowProposedApi: true });
  const out = Object.assign(new Sink(), { isTTY: true, columns, rows: 10 });
  const screen = async () => {
    await new Promise<void>((resolve) => emulator.write(out.text.replaceAll('\n', '\r\n'), resolve));
    out.text = '';
    const { active } = emulator.buffer;
    return Array.from({ length: 10 }, (_, y) => active.getLine(y)?.translateToString(true) ?? '').filter(
      (l) => l !== '',
    );
  };
  return { out, screen };
}

/** Longer than a frame takes. */
const aFrame = () => new Promise((resolve) => setTimeout(resolve, 200));
const source = 'Debian package dataset-fashion-mnist';

test.each([100, 60, 30])(
  'data and engine are fetched side by side without getting in each other’s way, in %i columns',
  async (columns) => {
    const { out, screen } = terminal(columns);
    const data = dataProgress(out, ENV);
    const engine = engineProgress(out, ENV);
    data.onProgress({ source, what: 'package', fraction: 0.1, bytes: undefined });
    engine.onProgress({ phase: 'download', what: 'tensorflow-cpu==2.21.0', done: 100e6, total: 200e6 });
    for (let i = 2; i <= 10; i++) data.onProgress({ source, what: 'package', fraction: i / 10, bytes: undefined });
    await aFrame();
    const both = await screen();
    expect(both).toHaveLength(2);
    expect(both[0]).toMatch(/^data .*100%/);
    expect(both[1]).toMatch(/^engine .* 50%/);
    for (const line of both) expect(line.length).toBeLessThan(columns);

    data.close();
    const left = await screen();
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/^engine/);
    engine.close();
    expect(await screen()).toEqual([]);
  },
);

test('a log gets lines without an escape byte', () => {
  const out = new Sink();
  const data = dataProgress(out, ENV);
  for (const fraction of [0, 0.5, 1]) data.onProgress({ source, what: 'package', fraction, bytes: 5 });
  data.close();
  expect(out.text).toBe(`data: fetching package from ${source}\n`);
});

test('a log hears of mirrors that do not answer in one line, that of the place that does', () => {
  const out = new Sink();
  const data = dataProgress(out, ENV);
  const asked = { what: 'train-images', bytes: undefined, fraction: undefined };
  for (const host of ['a.org', 'b.org']) data.onProgress({ source: host, ...asked, asking: true });
  const unreachable = ['mirror a.org', 'mirror b.org'];
  for (const what of ['package lists', 'package']) data.onProgress({ ...asked, source, what, unreachable });
  expect(out.text).toBe(
    `data: fetching package lists from ${source} (passed over: mirror a.org, mirror b.org)\ndata: fetching package from ${source}\n`,
  );
});

test('a log has a line for each phase of a set-up, and no more while it goes on well', () => {
  const out = new Sink();
  const engine = engineProgress(out, ENV);
  for (let done = 0; done <= 100; done++) {
    engine.onProgress({ phase: 'download', what: 'tensorflow', done: done * 2 ** 20, total: 100 * 2 ** 20 });
  }
  engine.onProgress({ phase: 'compile', what: 'binding', done: 0, total: 0 });
  expect(out.text).toBe('engine: downloading tensorflow (100.00 MB)\nengine: compiling binding\n');
});

test('a download tells its size, its speed and the time left', () => {
  let now = 0;
  const transfer = new Transfer(() => now);
  expect(transfer.facts('file', 0, 40 * 2 ** 20)).toEqual(['0 B of 40.00 MB']);
  now = 2000;
  expect(transfer.facts('file', 10 * 2 ** 20, 40 * 2 ** 20)).toEqual([
    '10.00 MB of 40.00 MB',
    '5.00 MB/s',
    '00:06 left',
  ]);
  expect(transfer.facts('another', 10, undefined)).toEqual(['10 B']);
});

test('a bar that never had anything to show leaves no trace', () => {
  const { out } = terminal(80);
  dataProgress(out, ENV).close();
  engineProgress(out, ENV).close();
  expect(out.text).toBe('');
});
