import { PassThrough } from 'node:stream';
import { expect, expectTypeOf, test } from 'vitest';
import {
  type EventLine,
  eventLineSchema,
  eventsJsonSchema,
  type Mistake,
  type TrainingEvent,
} from '../../../src/training/contracts/events.js';
import { createReporter } from '../../../src/ui/reporters/create.js';
import { recordedRun, stepEvent } from '../../helpers/events.js';
import { Sink } from '../../helpers/sink.js';

async function json(jsonSteps = false) {
  const stdout = new Sink();
  const stderr = new Sink();
  const stdin = new PassThrough();
  const reporter = await createReporter({
    called: 'fmnist',
    json: true,
    jsonSteps,
    quiet: false,
    stdin,
    stdout,
    stderr,
    env: {},
  });
  return { stdout, stderr, reporter };
}

test('every line on stdout fits the published schema; the text for people is on stderr', async () => {
  const { stdout, stderr, reporter } = await json(true);
  for (const event of recordedRun()) reporter.handle(event);
  const lines = stdout.lines.map((line) => eventLineSchema.parse(JSON.parse(line)));
  expect(new Set(lines.map((line) => line.event))).toEqual(
    new Set(['run_start', 'step', 'epoch_end', 'checkpoint', 'warning', 'run_end']),
  );
  expect(stderr.text).toContain('epoch 3/3');
  expect(stdout.text).not.toContain('image"');
});

test('steps are told only when asked for', async () => {
  const { stdout, reporter } = await json();
  for (const event of recordedRun()) reporter.handle(event);
  const events = stdout.lines.map((line) => eventLineSchema.parse(JSON.parse(line)).event);
  expect(events).toEqual([
    'run_start',
    ...['epoch_end', 'checkpoint', 'epoch_end', 'checkpoint', 'epoch_end', 'checkpoint'],
    'warning',
    'run_end',
  ]);
});

test('a diverged loss is null, still JSON', async () => {
  const { stdout, reporter } = await json(true);
  reporter.handle({ ...stepEvent(1, 1, 2), loss: Number.NaN, meanLoss: Number.POSITIVE_INFINITY });
  const line: unknown = JSON.parse(stdout.text);
  expect(line).toMatchObject({ loss: null, meanLoss: null });
  expect(eventLineSchema.safeParse(line).success).toBe(true);
});

test('the schema knows every field of every event', () => {
  type Public = Exclude<TrainingEvent, { event: 'epoch_start' | 'validation_progress' }>;
  type Line<E extends Public> = Extract<EventLine, { event: E['event'] }>;
  type Unknown = { [E in Public as E['event']]: Exclude<keyof E, keyof Line<E>> }[Public['event']];
  expectTypeOf<Unknown>().toBeNever();
  type MistakeLine = NonNullable<Extract<EventLine, { event: 'run_end' }>['mistakes']>[number];
  expectTypeOf<Exclude<keyof Mistake, keyof MistakeLine>>().toEqualTypeOf<'image'>();
});

test('schema/events.json is what the types say (else: npm run schema)', async () => {
  await expect(`${JSON.stringify(eventsJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../../schema/events.json');
});
