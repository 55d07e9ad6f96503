// Checks a machine with a GPU, without a network, and writes what it saw: npm run gpu-check -- [--device gpu] [--only WORD] [--out gpu-check.json]
// `--device cpu` proves this script on a machine without one, with small sizes. Written, not yet run on a GPU.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checks } from './gpu-check/checks.js';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'gpu' },
    only: { type: 'string', default: '' },
    out: { type: 'string', default: 'gpu-check.json' },
  },
});
const { device, only, out } = values;
const small = device === 'cpu';
const cwd = await mkdtemp(join(tmpdir(), 'fmnist-gpu-check-'));
const results = [];
for (const { name, means, gpuOnly = false, run } of checks(small)) {
  if (!name.includes(only)) continue;
  const started = performance.now();
  const result = await outcome(() => run({ device, small, cwd }), small && gpuOnly);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  results.push({ name, ...result, seconds });
  const mark = { passed: '✔', failed: '✖', skipped: '-' }[result.status];
  console.log(`${mark} ${name.padEnd(48)}${String(seconds).padStart(7)} s  ${shown(result)}`);
  if (result.status === 'failed') console.log(`    means: ${means}`);
  // After each, so that what ends this process too leaves what came before.
  await writeFile(out, `${JSON.stringify({ device, date: new Date().toISOString(), results }, null, 2)}\n`);
}
await rm(cwd, { recursive: true, force: true });
const failed = results.filter(({ status }) => status === 'failed').length;
console.log(`${results.length} checks, ${failed} failed; figures in ${out}`);
process.exitCode = failed > 0 ? 1 : 0;

async function outcome(run, skip) {
  if (skip) return { status: 'skipped', figures: {} };
  try {
    return { status: 'passed', figures: await run() };
  } catch (error) {
    return { status: 'failed', error: error.message, figures: {} };
  }
}

/** The first few plain figures. */
function shown({ error, figures }) {
  if (error !== undefined) return error;
  const plain = Object.entries(figures).filter(([, value]) => typeof value === 'number');
  return plain
    .slice(0, 3)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(3))}`)
    .join(', ');
}
