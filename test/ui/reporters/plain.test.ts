import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createReporter } from '../../../src/ui/reporters/create.js';
import { epochEnd, recordedRun, runEnd, runStart, stepEvent } from '../../helpers/events.js';
import { Sink } from '../../helpers/sink.js';

async function plain(
  settings: { quiet?: boolean; now?: () => number; stdout?: Sink; env?: Record<string, string> } = {},
) {
  const stdout = settings.stdout ?? new Sink();
  const reporter = await createReporter({
    called: 'fmnist',
    json: false,
    jsonSteps: false,
    quiet: settings.quiet ?? false,
    stdin: new PassThrough(),
    stdout,
    stderr: new Sink(),
    env: settings.env ?? {},
    ...(settings.now && { now: settings.now }),
  });
  return { stdout, reporter };
}

test('a log gets one line an epoch, in the documented form', async () => {
  const { stdout, reporter } = await plain({ now: () => new Date(2026, 10, 24, 9, 12, 55).getTime() });
  reporter.handle(runStart());
  reporter.handle({ ...epochEnd(1), loss: 0.6411, accuracy: 0.765, valLoss: 0.412, valAccuracy: 0.8512 });
  expect(stdout.lines.at(-1)).toBe(
    '[09:12:55] epoch 1/3 loss=0.6411 acc=0.7650 val_loss=0.4120 val_acc=0.8512 lr=1.0e-3 ms_step=55.1 t=50.2s best=yes',
  );
});

test('a log has no escapes and no carriage returns, and says how it ended and what to type next', async () => {
  const { stdout, reporter } = await plain();
  for (const event of recordedRun()) reporter.handle(event);
  reporter.close();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(stdout.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  expect(stdout.lines.filter((line) => / epoch \d/.test(line))).toHaveLength(3);
  expect(stdout.text).toContain('test loss=0.2466 acc=0.9105');
  expect(stdout.text).toContain('next: fmnist ');
  expect(stdout.text).toMatch(/^class +precision +recall +F1 +images$/m);
  expect(stdout.text).toContain('warning: This CPU has bfloat16. Try --precision bfloat16.');
  expect(stdout.lines.at(-1)).toMatch(/next: fmnist /);
});

test('within a long epoch a log says every 30 s that it is alive, and never more often', async () => {
  let now = 0;
  const { stdout, reporter } = await plain({ now: () => now });
  reporter.handle(runStart());
  const before = stdout.lines.length;
  for (let step = 1; step <= 1000; step++) {
    now += 100;
    reporter.handle(stepEvent(1, step, 1407));
  }
  expect(stdout.lines.slice(before)).toHaveLength(3);
  expect(stdout.lines.at(-1)).toMatch(/epoch 1\/3 step 900\/1407 loss=\d\.\d{4} acc=/);
});

test('--quiet leaves warnings and the result', async () => {
  const { stdout, reporter } = await plain({ quiet: true });
  for (const event of recordedRun({ synthetic: true })) reporter.handle(event);
  expect(stdout.lines.map((line) => line.slice(11).split(' ')[0])).toEqual([
    'warning:',
    'warning:',
    'test',
    'completed',
    'next:',
  ]);
});

test('a CI log that pretends to be a terminal, and a dumb terminal, get the plain lines', async () => {
  for (const env of [{ CI: 'true' }, { TERM: 'dumb' }]) {
    const stdout = Object.assign(new Sink(), { isTTY: true, columns: 80, rows: 24 });
    const { reporter } = await plain({ stdout, env });
    for (const event of recordedRun()) reporter.handle(event);
    expect(stdout.text).not.toContain('\u001b');
  }
});

test('a stopped run says how to go on, with a name that a shell takes as one word', async () => {
  const { stdout, reporter } = await plain();
  reporter.handle({ ...runEnd(), status: 'stopped', exitCode: 130, run: "my runs/it's" });
  expect(stdout.text).toContain(`next: fmnist train --resume 'it'\\''s' --runs-dir 'my runs'\n`);
});

test('control characters in a message do not reach the log', async () => {
  const { stdout, reporter } = await plain();
  reporter.handle({ event: 'warning', message: 'disk\u001b[2J\r\nfull' });
  expect(stdout.lines).toHaveLength(1);
  expect(stdout.text).not.toContain('\u001b');
});
