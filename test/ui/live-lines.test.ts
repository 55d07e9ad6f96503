import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import { dataProgress } from '../../src/ui/data-progress.js';
import { engineProgress } from '../../src/ui/engine-progress.js';
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

test('a bar that never had anything to show leaves no trace', () => {
  const { out } = terminal(80);
  dataProgress(out, ENV).close();
  engineProgress(out, ENV).close();
  expect(out.text).toBe('');
});
