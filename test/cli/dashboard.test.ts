import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type EpochEnd, eventLineSchema } from '../../src/training/contracts/events.js';
import { newPage, openChromium } from '../helpers/chromium.js';
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

function train(columns: number, rows: number, flags: readonly string[], cwd = temporaryFolder()): Terminal {
  // In their folder the runs' names are short.
  const args = [BIN, 'train', '--model', 'conv-pool', '--device', 'cpu', '--limit', '4000', ...flags];
  const terminal = new Terminal(process.execPath, args, { columns, rows, cwd });
  open.push(terminal);
  return terminal;
}

const bar = /epoch +\d+\/\d+ ━*╸?─* +\d+%/;

test.each([
  { columns: 120, rows: 36, shown: ['accuracy ', 'train ─  val ═', 'q finish this epoch and stop'] },
  { columns: 80, rows: 24, shown: ['loss ', 'train ─  val ═', 'q stop'] },
  { columns: 40, rows: 10, shown: ['loss '] },
])('fmnist train at $columns×$rows shows its dashboard, and leaves its report', async ({ columns, rows, shown }) => {
  const terminal = train(columns, rows, ['--epochs', '4']);
  const screen = await terminal.until((text) => /epoch [2-4]\/4/.test(text) && /(loss|train) 0/.test(text), PATIENCE);
  expect(screen).toMatch(bar);
  for (const text of shown) expect(screen).toContain(text);
  expect(terminal.wrapped).toBe(false);
  expect((await terminal.finished()).exitCode).toBe(0);
  expect(terminal.wrapped).toBe(false);
  const left = terminal.everything.join('\n');
  expect(left).not.toMatch(bar);
  expect(left).toMatch(/test accuracy \d\d\.\d\d%/);
  expect(left).toMatch(/^Ankle boot +0\.\d/m);
  expect(left).toMatch(/^most confident mistakes [\s\S]*^\d+: \S.*\n→ \S.* \d+%/m);
  expect(left).toContain('next: fmnist ');
  expect(terminal.cursorShown).toBe(true);
});

test('a key typed before it is there, a resize and Ctrl-C in the middle: exit code 130, the resume command, nothing else left', async () => {
  const terminal = train(120, 36, ['--epochs', '50']);
  // Before it is there; the terminal shows that, the dashboard heeds it.
  terminal.type('l');
  const first = await terminal.until((text) => text.includes('img/s'), PATIENCE);
  expect(first).toMatch(/^fmnist train · [\s\S]*^loss \(log\)/m);
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

test('its figures belong together, and its time left counts validation, and what q leaves of the run', async () => {
  const cwd = temporaryFolder();
  // So that most of an epoch is validation.
  const terminal = train(120, 36, ['--limit', '12000', '--validation-split', '0.7', '--epochs', '400'], cwd);
  await terminal.until((text) => text.includes('img/s'), PATIENCE);
  terminal.type('\u001b[C');
  const atNow = (text: string) => /^now (\S+) \/ \S+ +epoch (\d+): train (.+?) +val (.+?) +gap (\S+) pt/m.exec(text);
  const screen = await terminal.until((text) => atNow(text) !== null && curveEnd(text) !== undefined, PATIENCE);
  const [, now, epoch, trained, validated, gap] = atNow(screen) ?? [];
  const { value, row } = curveEnd(screen) ?? { value: Number.NaN, row: 0 };
  expect(Math.abs(value - Number(now))).toBeLessThanOrEqual(row);

  // Without validation the steps alone would be left. Early in an epoch, so that q can be taken back within it.
  const all = (text: string) => left(text) > 1.2 * stepsLeft(text);
  await terminal.until((text) => all(text) && stepsDone(text) < 0.5, PATIENCE);
  terminal.type('q');
  const stopping = (text: string) => text.includes('q again: keep training') && left(text) < 0.1 * stepsLeft(text);
  const asked = await terminal.until(stopping, PATIENCE);
  terminal.type('q');
  await terminal.until((text) => text.includes('training goes on') && all(text), PATIENCE);
  await terminal.until((text) => epochOf(text) > epochOf(asked), PATIENCE);
  terminal.type('\u0003');
  await terminal.finished();

  const metrics = readFileSync(path.join(cwd, 'runs/latest/metrics.jsonl'), 'utf8').trimEnd().split('\n');
  const end: EpochEnd = JSON.parse(metrics[Number(epoch) - 1] ?? '');
  const pair = (loss: number | null, accuracy: number | null) =>
    `${loss?.toFixed(4)} / ${((accuracy ?? 0) * 100).toFixed(2)}%`;
  expect([end.epoch, trained, validated, gap]).toEqual([
    Number(epoch),
    pair(end.loss, end.accuracy),
    pair(end.valLoss, end.valAccuracy),
    ((end.accuracy - (end.valAccuracy ?? 0)) * 100).toFixed(1),
  ]);
});

/** Where the training curve of the left one of two charts ends, and how much a row of it is; undefined where it is hidden. */
function curveEnd(screen: string): { readonly value: number; readonly row: number } | undefined {
  const charts = screen.split('\n').filter((line) => /^ *[\d.]+ [┤┼]/.test(line));
  const rows = charts.map((line) => line.slice(0, 58).trimEnd());
  const column = Math.max(...rows.map((row) => row.length - 1));
  const ends = rows.filter((row) => '─╰╭'.includes(row[column] ?? ' '));
  const [first, second] = rows.map(Number.parseFloat);
  if (ends.length !== 1 || first === undefined || second === undefined) return undefined;
  return { value: Number.parseFloat(ends[0] ?? ''), row: first - second };
}

/** Seconds that the screen says are left of the run. */
function left(screen: string): number {
  const clock = / all (\S+) left/.exec(screen)?.[1]?.split(':') ?? [];
  return clock.length === 0 ? Number.NaN : clock.reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

/** Seconds that its steps will take, as long as each one takes now. */
function stepsLeft(screen: string): number {
  const [, done, steps, milliseconds] = / (\d+)\/(\d+) · (\S+) ms\/step/.exec(screen)?.map(Number) ?? [];
  if (done === undefined || steps === undefined || milliseconds === undefined) return Number.NaN;
  return ((400 - epochOf(screen) + 1) * steps - done) * (milliseconds / 1000);
}

/** The share of the running epoch's steps that are done. */
function stepsDone(screen: string): number {
  const [, done = Number.NaN, steps = 1] = / (\d+)\/(\d+) · \S+ ms\/step/.exec(screen)?.map(Number) ?? [];
  return done / steps;
}

function epochOf(screen: string): number {
  return Number(/^epoch +(\d+)\//m.exec(screen)?.[1]);
}

test('the same run piped has no escape and no carriage return; as JSON each line fits the published schema', async () => {
  const flags = ['train', '--model', 'conv-pool', '--device', 'cpu', '--limit', '2000', '--epochs', '1'];
  const piped = await runCli(flags, { cwd: temporaryFolder() });
  expect(piped.code).toBe(0);
  expect(piped.stdout).toMatch(/^\[\d\d:\d\d:\d\d\] epoch 1\/1 loss=\d\.\d{4} acc=/m);
  // Under the tables, where a log ends.
  expect(piped.stdout).toMatch(/^Ankle boot +0\.\d[\s\S]*\] next: fmnist runs show \S+\n$/m);
  for (const byte of ['\u001b', '\r']) expect(piped.stdout + piped.stderr).not.toContain(byte);

  const json = await runCli([...flags, '--json', '--json-steps'], { cwd: temporaryFolder() });
  const lines = json.stdout.trimEnd().split('\n');
  const told = lines.map((line) => eventLineSchema.parse(JSON.parse(line)).event);
  expect(told).toEqual(expect.arrayContaining(['run_start', 'step', 'epoch_end', 'checkpoint', 'run_end']));
  expect(json.stderr).toContain('epoch 1/1');
});

test("the README's picture has its words whole in a browser", async (context) => {
  const browser = await openChromium();
  if (browser === undefined) return context.skip('needs Chromium');
  const page = await newPage(browser);
  await page.goto(new URL('../../media/dashboard.svg', import.meta.url).href);
  // Words of one cell a character, before they are fitted to their cells.
  const fits = await page.evaluate(`[...document.querySelectorAll('text')].map((text) => {
    const room = text.textLength.baseVal.value;
    text.removeAttribute('textLength');
    return [text.textContent, room / text.getComputedTextLength()];
  })`);
  await browser.close();
  const words = (fits as [string, number][]).filter(([text]) => /^[ -~]{3,}$/.test(text));
  expect(words.map(([text]) => text)).toEqual(expect.arrayContaining(['loss', 'accuracy (%)', 'epoch 1']));
  for (const [text, stretched] of words) expect([text, Math.round(stretched)]).toEqual([text, 1]);
});

test('a picture of the dashboard (npm run screenshot keeps it as media/dashboard.svg)', async () => {
  const terminal = train(110, 30, ['--epochs', '25']);
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
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, picture);
});
