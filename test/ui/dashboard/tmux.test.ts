import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { TrainingEvent } from '../../../src/training/contracts/events.js';
import { recordedRun } from '../../helpers/events.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { hasTmux, Tmux } from '../../helpers/tmux.js';

// The real reporter in a real tmux, which keeps what is cleared from its upper left corner; skipped without tmux.
const REPLAY = fileURLToPath(new URL('../../helpers/replay.js', import.meta.url));
const open: Tmux[] = [];
afterEach(() => {
  for (const tmux of open.splice(0)) tmux.close();
});

const bar = /epoch +\d+\/\d+ ━*╸?─* +\d+%/g;
const count = (text: string, what: string | RegExp) => text.split(what).length - 1;

/** A long run with three warnings in its first epoch. */
function runWithWarnings(folder: string): string {
  const file = join(folder, 'events.jsonl');
  const events = [...recordedRun({ epochs: 50, steps: 100 })].flatMap((event): TrainingEvent[] => {
    if (event.event !== 'step' || event.epoch > 1 || event.step % 30 !== 0) return [event];
    return [event, { event: 'warning', message: `could not write metrics.csv, the ${event.step}th time` }];
  });
  const bytes = (_: string, value: unknown) => (value instanceof Uint8Array ? [...value] : value);
  writeFileSync(file, events.map((event) => JSON.stringify(event, bytes)).join('\n'));
  return file;
}

function start(columns: number, rows: number, command: (replay: string[]) => string[]): Tmux {
  const folder = temporaryFolder();
  const tmux = new Tmux(command([process.execPath, REPLAY, runWithWarnings(folder), '10']), columns, rows, folder);
  open.push(tmux);
  return tmux;
}

test.skipIf(!hasTmux).each([
  [120, 36],
  [80, 24],
  [60, 15],
])('at %i×%i warnings stay above the frame, and nothing of a frame gets into the scrollback', async (columns, rows) => {
  const tmux = start(columns, rows, (replay) => replay);
  await tmux.until((screen) => /epoch +2\/50/.test(screen));
  const { everything } = tmux;
  expect(everything.match(bar)).toHaveLength(1);
  expect(count(everything, 'fmnist train · ')).toBe(1);
  for (const step of [30, 60, 90]) expect(count(everything, `the ${step}th time`)).toBe(1);
});

test.skipIf(!hasTmux)('suspended and continued by a shell: one frame, the live one', async () => {
  const tmux = start(80, 24, () => ['env', 'PS1=$ ', 'bash', '--norc', '--noprofile', '-i']);
  await tmux.until((screen) => screen.includes('$'));
  tmux.type(`${process.execPath} ${REPLAY} events.jsonl 10`, 'Enter');
  for (let round = 1; round <= 3; round++) {
    await tmux.until((screen) => bar.test(screen) && screen.includes('? help'));
    tmux.type('C-z');
    await tmux.until((screen) => count(screen, 'Stopped') >= 1 && !screen.includes('? help'));
    tmux.type('fg', 'Enter');
    await tmux.until((screen) => screen.includes('? help'));
    expect(tmux.everything.match(bar)).toHaveLength(1);
  }
});
