// Checks a machine with a GPU, without a network, the most telling first, and writes what it saw after each check.
// Written, not yet run on a GPU.
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Ended } from './common.js';
import { checks } from './gpu-check/checks.js';
import { figuresLine, speedTable } from './gpu-check/show.js';
import { Late, seconds } from './gpu-check/tools.js';

/** Milliseconds without which nothing more is begun. */
const LEAST_MS = 5000;

const USAGE = `gpu-check [--budget 8m] [--python PYTHON] [--device gpu] [--only WORD] [--out gpu-check.json]
--budget   how long it may take, 60m by default: checks for which no time is left are skipped
--python   a Python with PyTorch or JAX, to be timed beside us
--device   cpu proves this script on a machine without a GPU, with small sizes
--only     the checks whose name has this in it`;
const options = {
  help: { type: 'boolean', default: false },
  device: { type: 'string', default: 'gpu' },
  budget: { type: 'string', default: '60m' },
  python: { type: 'string' },
  only: { type: 'string', default: '' },
  out: { type: 'string', default: 'gpu-check.json' },
};
const results = [];
const { device, python, only, out, end } = await request();
const small = device === 'cpu';
const cwd = await mkdtemp(join(tmpdir(), 'fmnist-gpu-check-'));
for (const check of checks({ small, python })) {
  if (!check.name.includes(only)) continue;
  const started = Date.now();
  const result = await outcome(check, started);
  results.push({ name: check.name, ...result, seconds: (Date.now() - started) / 1000 });
  // After each, so that what ends this process too leaves what came before.
  await save().catch((error) => console.error(error.message));
  report(results.at(-1));
}
const table = speedTable(results);
if (table.length > 0) console.log(`\nms a step by model and batch\n${table.join('\n')}`);
const count = (status) => results.filter((result) => result.status === status).length;
console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped; figures in ${out}`);
await rm(cwd, { recursive: true, force: true }).catch(() => {});
// Also where a process is left that could not be ended.
process.exit(count('failed') > 0 ? 1 : 0);

/** What is asked for; ends the process where that cannot be. */
async function request() {
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const end = Date.now() + seconds(values.budget) * 1000;
    await access(dirname(resolve(values.out)), constants.W_OK);
    return { ...values, end };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** What a check gives, or how far it came: `figures` are filled while it runs. */
async function outcome({ run, means: ofResult, limit, gpuOnly = false }, started) {
  const figures = {};
  const skip = (why) => ({ status: 'skipped', why, figures });
  if (small && gpuOnly) return skip('needs a GPU');
  if (end - started < LEAST_MS) return skip('the budget is spent');
  const deadline = Math.min(end, started + limit * 1000);
  try {
    const why = await run({ device, small, python, cwd, deadline, figures });
    return why === undefined ? { status: 'passed', figures } : skip(why);
  } catch (error) {
    const cut = end - Date.now() < 1000;
    if (cut) return skip('the budget was spent meanwhile');
    const { message, stderr } = error;
    const means = meaningOf(error) ?? ofResult;
    return { status: 'failed', error: message, means, ...(stderr && { stderr }), figures };
  }
}

/** What an error means that leaves a check without a result. */
function meaningOf(error) {
  if (error instanceof Late)
    return 'the machine is too slow for it, or something hangs; nothing is known of its result';
  if (error instanceof Ended) return 'it broke off; nothing is known of its result';
}

async function save() {
  const report = { device, date: new Date().toISOString(), results };
  await writeFile(out, `${JSON.stringify(report, null, 2)}\n`);
}

function report({ name, status, error, means, why, figures, seconds }) {
  const mark = { passed: '✔', failed: '✖', skipped: '-' }[status];
  const facts = [error, why, figuresLine(figures)].filter(Boolean).join('; ');
  console.log(`${mark} ${name.padEnd(46)}${seconds.toFixed(1).padStart(7)} s  ${facts}`);
  if (status === 'failed') console.log(`    means: ${means}`);
}
