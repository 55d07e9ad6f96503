import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { type RunShape, recordedRun } from '../../helpers/events.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { Terminal } from '../../helpers/terminal.js';
import { pathWithScript } from '../../helpers/tools.js';

// The real reporter in a real pseudo-terminal, fed with a recorded run.
const REPLAY = fileURLToPath(new URL('../../helpers/replay.js', import.meta.url));
const folder = temporaryFolder();
const open: Terminal[] = [];
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.kill('SIGKILL');
});

function recorded(shape: RunShape): string {
  const file = join(folder, `${JSON.stringify(shape).replace(/\W/g, '')}.jsonl`);
  const bytes = (_: string, value: unknown) => (value instanceof Uint8Array ? [...value] : value);
  writeFileSync(file, [...recordedRun(shape)].map((event) => JSON.stringify(event, bytes)).join('\n'));
  return file;
}

interface Replay {
  readonly columns: number;
  readonly rows: number;
  readonly shape?: RunShape;
  readonly msPerStep?: number;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

function replay({ columns, rows, shape = { epochs: 3, steps: 60 }, msPerStep = 10, flags = [], env = {} }: Replay) {
  const args = [REPLAY, recorded(shape), String(msPerStep), ...flags];
  const terminal = new Terminal(process.execPath, args, { columns, rows, env });
  open.push(terminal);
  return terminal;
}

const LONG: RunShape = { epochs: 50, steps: 100 };
const bar = /epoch +\d+\/\d+ ━*╸?─* +\d+%/;
const count = (text: string, what: string) => text.split(what).length - 1;

test.each([
  { columns: 120, rows: 36, charts: ['loss ', 'accuracy '], keys: 'q finish this epoch and stop · s save now' },
  { columns: 80, rows: 24, charts: ['loss '], keys: 'q stop · s save' },
  { columns: 40, rows: 10, charts: [], keys: '' },
])('at $columns×$rows: bar, charts and keys fit, and at the end only the report is left', async (size) => {
  const terminal = replay(size);
  const screen = await terminal.until((text) => /epoch [23]\/3/.test(text) && bar.test(text));
  for (const chart of size.charts) expect(screen).toContain(chart);
  expect(screen).toContain(size.keys);
  if (size.charts.length === 0) expect(screen.split('\n')).toHaveLength(1);
  expect(terminal.wrapped).toBe(false);
  // Nothing was printed before: a frame taller than the screen would have scrolled.
  expect(terminal.emulator.buffer.active.baseY).toBe(0);
  expect(terminal.cursorShown).toBe(false);

  expect(await terminal.finished()).toEqual({ exitCode: 0, signal: undefined });
  const left = terminal.everything.join('\n');
  expect(left).not.toMatch(bar);
  expect(left).not.toContain('? help');
  expect(left).toContain('test accuracy 91.05%');
  expect(left).toMatch(/^Ankle boot +0\.950/m);
  expect(left).toContain('next: fmnist ');
  expect(terminal.cursorShown).toBe(true);
});

test('the use and memory of the GPU that trains stand with the figures, as nvidia-smi tells of it', async () => {
  const script = 'echo "$@" > "$0.asked"; while :; do echo "87, 3100, 81559"; sleep 1; done';
  const env = { PATH: pathWithScript(folder, 'nvidia-smi', script) };
  const terminal = replay({ columns: 120, rows: 24, shape: { ...LONG, gpu: '1' }, env });
  await terminal.until((text) => text.includes('GPU 87% 3.3/85.5 GB'));
  terminal.type('\u0003');
  expect((await terminal.finished()).exitCode).toBe(130);
  expect(readFileSync(join(folder, 'nvidia-smi.asked'), 'utf8')).toMatch(/^--id=1 /);
});

test('without nvidia-smi, and on a CPU, nothing is said of a GPU', async () => {
  const terminal = replay({ columns: 120, rows: 24, shape: { epochs: 2, steps: 40, gpu: '0' } });
  await terminal.finished();
  expect(terminal.output).toContain('memory ');
  expect(terminal.output).not.toMatch(/GPU \d/);
});

test('Ctrl-C stops the run as SIGINT does, says how to go on, and leaves nothing of the frame', async () => {
  const terminal = replay({ columns: 80, rows: 24, shape: LONG });
  await terminal.until((text) => bar.test(text));
  terminal.type('\u0003');
  expect(await terminal.finished()).toEqual({ exitCode: 130, signal: undefined });
  const left = terminal.everything.join('\n');
  expect(left).toMatch(/next: fmnist train --resume \d{4}-/);
  expect(left).not.toMatch(bar);
  expect(left).not.toContain('^C');
  expect(terminal.cursorShown).toBe(true);
});

test('a second way to die: killed by SIGINT or crashed, the cursor comes back', async () => {
  const killed = replay({ columns: 80, rows: 24, shape: LONG, flags: ['--deaf'] });
  await killed.until((text) => bar.test(text));
  killed.type('\u0003');
  expect((await killed.finished()).signal).toBe(2);
  expect(killed.cursorShown).toBe(true);

  const crashed = replay({ columns: 80, rows: 24, shape: LONG, flags: ['--crash-at=50'] });
  expect((await crashed.finished()).exitCode).toBe(1);
  expect(crashed.everything.join('\n')).toContain('Error: the loop crashed');
  expect(crashed.cursorShown).toBe(true);
});

test.each([
  { from: [80, 24], to: [119, 40], shown: 'accuracy ' },
  { from: [119, 24], to: [70, 24], shown: 'q stop' },
  { from: [120, 36], to: [90, 20], shown: 'q stop' },
  { from: [100, 30], to: [50, 9], shown: 'loss 0.' },
  { from: [50, 9], to: [100, 30], shown: 'accuracy ' },
])('resized from $from to $to in the middle, one whole frame of the new size is there', async ({ from, to, shown }) => {
  const [columns = 0, rows = 0] = to;
  const terminal = replay({ columns: from[0] ?? 0, rows: from[1] ?? 0, shape: LONG });
  await terminal.until((text) => /[1-9]%/.test(text));
  terminal.resize(columns, rows);
  const fits = (text: string) => text.split('\n').every((line) => line.length < columns);
  const screen = await terminal.until((text) => text.includes(shown) && bar.test(text) && fits(text));
  expect(screen.match(new RegExp(bar, 'g'))).toHaveLength(1);
  expect(count(screen, 'fmnist train')).toBe(columns < 60 ? 0 : 1);
  // What a shrinking window pushed out at its top is the scrollback's; else nothing is left anywhere.
  if (columns >= (from[0] ?? 0)) expect(terminal.everything.join('\n')).toBe(screen);
  terminal.type('\u0003');
  await terminal.finished();
  expect(terminal.screen.join('\n')).not.toMatch(bar);
  expect(terminal.cursorShown).toBe(true);
});

test('a window made lower and higher again shows one frame', async () => {
  const terminal = replay({ columns: 100, rows: 30, shape: LONG });
  await terminal.until((text) => /[1-9]%/.test(text));
  for (const rows of [20, 30]) {
    terminal.resize(100, rows);
    const lines = rows - 1;
    await terminal.until((text) => text.split('\n').length === lines && text.match(new RegExp(bar, 'g'))?.length === 1);
  }
});

test('the keys: log scale, metric, epochs or steps, help, save, stop after the epoch', async () => {
  const terminal = replay({ columns: 80, rows: 24, shape: { epochs: 20, steps: 150 } });
  await terminal.until((text) => text.includes('loss '));
  terminal.type('l');
  await terminal.until((text) => text.includes('loss (log)'));
  terminal.type('m');
  await terminal.until((text) => /^accuracy /m.test(text));
  terminal.type('?');
  await terminal.until((text) => text.includes('writes a checkpoint after this step'));
  terminal.type('?');
  await terminal.until((text) => /^accuracy /m.test(text));
  terminal.type('\u001b[D');
  await terminal.until((text) => /^epoch 1 +\d+$/m.test(text));
  terminal.type('\u001b[C');
  await terminal.until((text) => /^epoch 0 +\d+(\.\d)?$/m.test(text));
  terminal.type('s');
  await terminal.until((text) => text.includes('saved: epoch '));
  terminal.type('q');
  await terminal.until(
    (text) => text.includes('finishing this epoch, then stopping') || text.includes('stopped after'),
  );
  expect((await terminal.finished()).exitCode).toBe(0);
  expect(terminal.everything.join('\n')).toContain('stopped after');
});

test('a second q takes the first one back', async () => {
  const terminal = replay({ columns: 80, rows: 24, shape: { epochs: 20, steps: 100 } });
  const stop = 'finishing this epoch, then stopping';
  const timeLeft = (text: string) => /all (\d\d):(\d\d) left/.exec(text);
  const secondsLeft = (text: string) => {
    const [, minutes, seconds] = timeLeft(text) ?? [];
    return 60 * Number(minutes) + Number(seconds);
  };
  const all = secondsLeft(await terminal.until((text) => timeLeft(text) !== null));
  terminal.type('q');
  // One of twenty epochs is left then.
  await terminal.until((text) => text.includes(stop) && secondsLeft(text) < all / 2);
  terminal.type('q');
  const before = await terminal.until((text) => text.includes('training goes on') && secondsLeft(text) > all / 2);
  const epoch = Number(/epoch +(\d+)\/20/.exec(before)?.[1]);
  await terminal.until((text) => Number(/epoch +(\d+)\/20/.exec(text)?.[1]) > epoch + 1);
  terminal.type('\u0003');
  await terminal.finished();
});

test('Ctrl-Z gives the terminal back to the shell, fg goes on', async () => {
  const shell = new Terminal('bash', ['--norc', '--noprofile', '-i'], { columns: 80, rows: 24, env: { PS1: '$ ' } });
  open.push(shell);
  await shell.until((text) => text.endsWith('$'));
  shell.type(`${process.execPath} ${REPLAY} ${recorded(LONG)} 10\r`);
  await shell.until((text) => bar.test(text));
  shell.type('\u001a');
  const stopped = await shell.until((text) => text.includes('Stopped'));
  expect(stopped).not.toMatch(bar);
  expect(shell.cursorShown).toBe(true);
  shell.type('echo typed-$((40+2))\r');
  await shell.until((text) => text.includes('echo typed') && text.includes('typed-42'));
  shell.type('fg\r');
  await shell.until((text) => bar.test(text) && text.includes('? help'));
  expect(shell.cursorShown).toBe(false);
  shell.type('\u0003');
  await shell.until((text) => text.includes('next: fmnist train --resume'));
  shell.type('exit\r');
  await shell.finished();
  expect(shell.cursorShown).toBe(true);
});

test('NO_COLOR has no colours and FORCE_COLOR has them', async () => {
  const shape = { epochs: 1, steps: 20 };
  const plain = replay({ columns: 80, rows: 24, shape, env: { NO_COLOR: '1' } });
  await plain.finished();
  expect(plain.output).toContain('\u001b[?25l');
  expect(plain.output).not.toContain('\u001b[1m');
  expect(plain.output).not.toContain('\u001b[38;');
  const forced = replay({ columns: 80, rows: 24, shape, env: { FORCE_COLOR: '1', TERM: 'xterm' } });
  await forced.finished();
  expect(forced.output).toContain('\u001b[94m');
});
