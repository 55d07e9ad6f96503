// Plays events (JSON lines in a file) to the real reporter, as the training loop would: each step blocks, then yields.
// node replay.js EVENTS.jsonl MS_PER_STEP [--crash-at=N] [--json …]
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { watchGpu } from '../../build/app/gpu-use.js';
import { createReporter } from '../../build/ui/reporters/create.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    'json-steps': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    'crash-at': { type: 'string' },
    /** Do not listen to SIGINT: die of it. */
    deaf: { type: 'boolean', default: false },
  },
});
const [file, msPerStep] = positionals;
const asked = { stop: false, interrupted: false, save: false };
const reporter = await createReporter({
  called: 'fmnist',
  json: values.json,
  jsonSteps: values['json-steps'],
  quiet: values.quiet,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  watchGpu: (gpu, onUse) => watchGpu(gpu, process.env, onUse),
  control: {
    get stop() {
      return asked.stop ? { after: 'epoch', exitCode: 0 } : undefined;
    },
    stopAfterEpoch: () => {
      asked.stop = true;
    },
    keepTraining: () => {
      asked.stop = false;
    },
    saveNow: () => {
      asked.save = true;
    },
  },
});
if (!values.deaf) {
  process.on('SIGINT', () => {
    asked.interrupted = true;
  });
}

const events = readFileSync(file, 'utf8').trim().split('\n').map(parse);
const end = events.find((event) => event.event === 'run_end');
let steps = 0;
for (const event of events) {
  if (event.event === 'step') {
    block(Number(msPerStep));
    steps++;
    if (steps === Number(values['crash-at'])) throw new Error('the loop crashed');
  }
  reporter.handle(event);
  await turn();
  if (asked.save && event.event === 'step') {
    asked.save = false;
    reporter.handle({
      event: 'checkpoint',
      kind: 'last',
      epoch: event.epoch,
      step: event.step,
      path: 'last.safetensors',
    });
  }
  if (asked.interrupted || (asked.stop && event.event === 'epoch_end')) {
    const exitCode = asked.interrupted ? 130 : 0;
    reporter.handle({ ...end, status: 'stopped', exitCode, testAccuracy: null, testLoss: null, classes: undefined });
    process.exitCode = exitCode;
    break;
  }
}
reporter.close();

function parse(line) {
  const event = JSON.parse(line);
  const mistakes = event.mistakes?.map((mistake) => ({
    ...mistake,
    image: { ...mistake.image, pixels: Uint8Array.from(mistake.image.pixels) },
  }));
  return mistakes === undefined ? event : { ...event, mistakes };
}

function block(milliseconds) {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
