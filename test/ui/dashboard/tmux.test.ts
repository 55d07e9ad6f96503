import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { TrainingEvent } from '../../../src/training/contracts/events.js';
import { nativeBinding } from '../../helpers/engine.js';
import { recordedRun } from '../../helpers/events.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { hasTmux, Tmux } from '../../helpers/tmux.js';
import { pathWithout } from '../../helpers/tools.js';

// The real reporter in a real tmux, which keeps what is cleared from its upper left corner; skipped without tmux.
beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../../bin/fmnist.js', import.meta.url));
const REPLAY = fileURLToPath(new URL('../../helpers/replay.js', import.meta.url));
const open: Tmux[] = [];
afterEach(() => {
  for (const tmux of open.splice(0)) tmux.close();
});

const bar = /epoch +\d+\/\d+ ━*╸?─* +\d+%/g;
const hasBar = (text: string) => text.match(bar) !== null;
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
])('at %i×%i warnings stay above the frame, and nothing of a frame gets into the scrollback', async (columns, rows) => {
  const tmux = start(columns, rows, (replay) => replay);
  await tmux.until((screen) => /epoch +2\/50/.test(screen));
  const { everything } = tmux;
  expect(everything.match(bar)).toHaveLength(1);
  expect(count(everything, 'fmnist train · ')).toBe(1);
  for (const step of [30, 60, 90]) expect(count(everything, `the ${step}th time`)).toBe(1);
});

const layers = [{ type: 'flatten' }, { type: 'dense', activation: 'softmax' }];
const PATIENCE = 60_000;

/** `fmnist train` typed at a shell, with a network so small that it trains on any engine. */
function train(columns: number, rows: number, env: Readonly<Record<string, string>>): Tmux {
  const settings = Object.entries({ PS1: '$ ', ...env }).map(([name, value]) => `${name}=${value}`);
  const tmux = start(columns, rows, () => ['env', ...settings, 'bash', '--norc', '--noprofile', '-i']);
  const flags = '--data synthetic --epochs 4000 --config net.json';
  writeFileSync(join(tmux.cwd, 'net.json'), JSON.stringify({ name: 'tiny', layers }));
  tmux.type(`${process.execPath} ${BIN} train ${flags}`, 'Enter');
  return tmux;
}

/** Ends a run whose folder the tests are about to remove. */
async function interrupt(tmux: Tmux): Promise<void> {
  tmux.type('C-c');
  await tmux.until((screen) => screen.includes('--resume') && !hasBar(screen), PATIENCE);
}

test.skipIf(!hasTmux)('fmnist train suspended and continued by a shell: one frame, the live one', async () => {
  const tmux = train(80, 24, {});
  for (let round = 1; round <= 2; round++) {
    await tmux.until((screen) => hasBar(screen) && screen.includes('? help'), PATIENCE);
    tmux.type('C-z');
    await tmux.until((screen) => count(screen, 'Stopped') >= 1 && !screen.includes('? help'), PATIENCE);
    tmux.type('fg', 'Enter');
    await tmux.until((screen) => screen.includes('? help'), PATIENCE);
    expect(tmux.everything.match(bar)).toHaveLength(1);
  }
  await interrupt(tmux);
});

test.skipIf(!hasTmux)('fmnist train in a small window keeps what it warns of above its frame, once', async () => {
  // Nothing to compile the engine with.
  const tools = /^(pip|python)|(g|c|clang)\+\+/;
  const tmux = train(60, 15, { PATH: pathWithout(tools), CXX: '', XDG_CACHE_HOME: temporaryFolder() });
  await tmux.until((screen) => /epoch +(?:[2-9]|\d{2,})\/4000/.test(screen), PATIENCE);
  const { everything } = tmux;
  expect(everything.match(bar)).toHaveLength(1);
  expect(count(everything, 'fmnist train · ')).toBe(1);
  expect(count(everything, 'training on wasm, not on cpu')).toBe(1);
  await interrupt(tmux);
});
