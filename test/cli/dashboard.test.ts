import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { eventLineSchema } from '../../src/training/contracts/events.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { screenshot } from '../helpers/screenshot.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

// `fmnist train` as a person starts it, in a real pseudo-terminal; the dashboard's finer points are in test/ui/dashboard.
beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
const PATIENCE = 60_000;
const open: Terminal[] = [];
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.kill('SIGKILL');
});

function train(columns: number, rows: number, ...flags: readonly string[]): Terminal {
  // In their folder the runs' names are short.
  const args = [BIN, 'train', '--model', 'conv-pool', '--device', 'cpu', '--limit', '4000', ...flags];
  const terminal = new Terminal(process.execPath, args, { columns, rows, cwd: temporaryFolder() });
  open.push(terminal);
  return terminal;
}

const bar = /epoch +\d+\/\d+ ━*╸?─* +\d+%/;

test.each([
  { columns: 120, rows: 36, shown: ['accuracy ', 'train ─  val ═', 'q finish this epoch and stop'] },
  { columns: 80, rows: 24, shown: ['loss ', 'train ─  val ═', 'q stop'] },
  { columns: 40, rows: 10, shown: ['loss '] },
])('fmnist train at $columns×$rows shows its dashboard, and leaves its report', async ({ columns, rows, shown }) => {
  const terminal = train(columns, rows, '--epochs', '4');
  const screen = await terminal.until((text) => /epoch [2-4]\/4/.test(text) && /(loss|train) 0/.test(text), PATIENCE);
  expect(screen).toMatch(bar);
  for (const text of shown) expect(screen).toContain(text);
  expect(terminal.wrapped).toBe(false);
  expect((await terminal.finished()).exitCode).toBe(0);
  const left = terminal.everything.join('\n');
  expect(left).not.toMatch(bar);
  expect(left).toMatch(/test accuracy \d\d\.\d\d%/);
  expect(left).toMatch(/^Ankle boot +0\.\d/m);
  expect(left).toContain('next: fmnist ');
  expect(terminal.cursorShown).toBe(true);
});

test('Ctrl-C and a resize in the middle: exit code 130, the resume command, nothing else left', async () => {
  const terminal = train(120, 36, '--epochs', '50');
  await terminal.until((text) => text.includes('img/s'), PATIENCE);
  terminal.resize(80, 24);
  await terminal.until((text) => text.includes('q stop') && bar.test(text), PATIENCE);
  terminal.type('\u0003');
  expect((await terminal.finished()).exitCode).toBe(130);
  const left = terminal.screen.join('\n');
  // By name: the runs folder is the usual one.
  expect(left).toMatch(/next: fmnist train --resume \d{4}-\d\d-\d\dT\d{4}-conv-pool-/);
  expect(left).not.toMatch(bar);
  expect(terminal.cursorShown).toBe(true);
});

test('the same run piped has no escape and no carriage return; as JSON each line fits the published schema', async () => {
  const flags = ['train', '--model', 'conv-pool', '--device', 'cpu', '--limit', '2000', '--epochs', '1'];
  const piped = await runCli(flags, { cwd: temporaryFolder() });
  expect(piped.code).toBe(0);
  expect(piped.stdout).toMatch(/^\[\d\d:\d\d:\d\d\] epoch 1\/1 loss=\d\.\d{4} acc=/m);
  for (const byte of ['\u001b', '\r']) expect(piped.stdout + piped.stderr).not.toContain(byte);

  const json = await runCli([...flags, '--json', '--json-steps'], { cwd: temporaryFolder() });
  const lines = json.stdout.trimEnd().split('\n');
  const told = lines.map((line) => eventLineSchema.parse(JSON.parse(line)).event);
  expect(told).toEqual(expect.arrayContaining(['run_start', 'step', 'epoch_end', 'checkpoint', 'run_end']));
  expect(json.stderr).toContain('epoch 1/1');
});

test('a picture of the dashboard (npm run screenshot keeps it as media/dashboard.svg)', async () => {
  const terminal = train(110, 30, '--epochs', '25');
  await terminal.until(
    (text) => /epoch +(8|9|1\d)\/25 .* [2-9]\d%/.test(text) && /^epoch 1 +\d+ +epoch 1 +\d+\nnow .* train /m.test(text),
    PATIENCE,
  );
  const picture = screenshot(terminal);
  expect(picture).toContain('fill="#e69f00"');
  expect(picture).toContain('fill="#56b4e9"');
  expect(picture).toContain('>epoch 1</text>');
  const file = process.env.FMNIST_SCREENSHOT;
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, picture);
});
