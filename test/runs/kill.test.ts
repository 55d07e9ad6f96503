import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/random.js';
import { runPaths } from '../../src/runs/directory.js';
import { bytesOf, decodeSafeTensors } from '../../src/runs/safetensors.js';
import { runCli } from '../helpers/cli.js';
import { realDataset } from '../helpers/real-data.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
/** FMNIST_TEST_KILLS=50 for the whole promise; a few keep the suite quick. */
const KILLS = Number(process.env.FMNIST_TEST_KILLS ?? 5);

/** Everything that a resumed run could get wrong: dropout, averages, a schedule with memory, random transforms, a part batch. */
const CONFIG = {
  name: 'tiny',
  layers: [
    { type: 'conv2d', filters: 2, kernelSize: 3, strides: 2 },
    { type: 'batchNormalization' },
    { type: 'flatten' },
    { type: 'dropout', rate: 0.3 },
    { type: 'dense', units: 10, activation: 'softmax' },
  ],
  schedule: { type: 'reduceOnPlateau', patience: 0, minDelta: 0.2 },
  training: { epochs: 3, batchSize: 16, emaDecay: 0.9, earlyStopping: { patience: 9, restoreBest: true } },
  onlineAugmentation: { horizontalFlip: true, rotation: 10 },
};
const ARGS = ['train', '--limit', '410', '--augment', '30', '--checkpoint-minutes', '0', '--device', 'cpu', '--json'];

beforeAll(async () => {
  await realDataset();
});

it(
  `a run that is killed by kill -9 at any moment, ${KILLS} times, ends as if nothing had happened`,
  async () => {
    const cwd = temporaryFolder();
    writeFileSync(path.join(cwd, 'tiny.json'), JSON.stringify(CONFIG));
    const start = [...ARGS, '--model', 'tiny.json'];

    const unbroken = await runCli([...start, '--runs-dir', 'unbroken'], { cwd });
    expect(unbroken.stderr + String(unbroken.code)).toMatch(/0$/);
    const expected = outcome(path.join(cwd, 'unbroken'));
    const seconds = trainingSeconds(unbroken.stdout);

    const random = seededRandom(Number(process.env.FMNIST_TEST_SEED ?? 1), 'kills');
    let kills = 0;
    for (let run = 0; kills < KILLS; run++) {
      const runsDir = `killed-${run}`;
      let args = start;
      for (;;) {
        const ended = await killed([...args, '--runs-dir', runsDir], cwd, kills < KILLS ? random : undefined, seconds);
        if (ended.code === 0) break;
        if (ended.signal === 'SIGKILL') kills++;
        else expect(ended.stderr).toMatch(/there is no (run|such checkpoint)/);
        // Killed before it had begun, there is nothing to go on with.
        args = ended.signal === 'SIGKILL' ? [...ARGS, '--resume', 'last'] : start;
      }
      expect(outcome(path.join(cwd, runsDir))).toEqual(expected);
    }
  },
  120_000 + KILLS * 60_000,
);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Runs to the end, or to a random moment: mostly while it trains, sometimes while it starts. */
function killed(args: readonly string[], cwd: string, random: Random | undefined, seconds: number): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  const timers: NodeJS.Timeout[] = [];
  const later = (most: number) => timers.push(setTimeout(kill, (random?.uniform(0, most) ?? 0) * 1000));
  if (random !== undefined && random.below(5) === 0) later(3);
  createInterface(child.stdout).on('line', (line) => {
    if (random !== undefined && line.includes('"run_start"')) later(seconds);
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      timers.forEach(clearTimeout);
      resolve({ code, signal, stderr });
    });
  });
}

/** Between the first step and the end. */
function trainingSeconds(stdout: string): number {
  const end = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
  return end.seconds;
}

/** What a run came to: every variable, every epoch's metrics, the test. Times are left out. */
function outcome(runsDir: string) {
  const folders = readdirSync(runsDir).filter((name) => name !== 'latest');
  // A run that was killed before its first checkpoint leaves a folder of its own.
  const paths = folders.map((name) => runPaths(path.join(runsDir, name)));
  const finished = paths.filter(({ summary }) => readJson(summary).status === 'completed');
  expect(finished).toHaveLength(1);
  const [run] = finished;
  if (run === undefined) throw new Error('no run finished');
  const { testLoss, testAccuracy, bestValAccuracy, epochs } = readJson(run.summary);
  const timeless = readFileSync(run.metricsJsonl, 'utf8').replace(/"(msPerStep|seconds)":[^,]+/g, '');
  const hashes = ['last', 'best'].map((kind) => tensorsHash(path.join(run.checkpoints, `${kind}.safetensors`)));
  return { testLoss, testAccuracy, bestValAccuracy, epochs, timeless, hashes };
}

function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

function tensorsHash(file: string): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of decodeSafeTensors(readFileSync(file), file).tensors) {
    hash.update(name).update(bytesOf(data));
  }
  return hash.digest('hex');
}
