import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/random.js';
import { checkpointOf, hashOf } from '../helpers/checkpoints.js';
import { fill, smallDisk } from '../helpers/small-disk.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
/** FMNIST_TEST_STORM=50 for the counts of docs/reliability.md: minutes of blows, which the suite does without. */
const BLOWS = Number(process.env.FMNIST_TEST_STORM ?? 0);
const CONFIG = {
  name: 'storm',
  layers: [{ type: 'flatten' }, { type: 'dropout', rate: 0.2 }, { type: 'dense', units: 10, activation: 'softmax' }],
  training: { epochs: 3, batchSize: 16, emaDecay: 0.9, earlyStopping: { patience: 9, restoreBest: true } },
};
const TRAIN = [
  'train',
  '--data',
  'synthetic',
  '--limit',
  '64',
  '--device',
  'cpu-js',
  '--checkpoint-minutes',
  '0',
  '--json',
];

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

const cwd = temporaryFolder();
const config = path.join(cwd, 'storm.json');

async function run(command: readonly string[], blow?: (child: ChildProcess) => Promise<void>): Promise<Ended> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const end = once(child, 'close');
  await blow?.(child);
  const [code, signal] = await end;
  return { code, signal, stderr };
}

const fmnist = (...args: string[]) => [process.execPath, BIN, ...args];
const start = (runsDir: string) => fmnist(...TRAIN, '--model', config, '--runs-dir', runsDir);

/** What a run came to, times left out. */
async function outcome(runsDir: string) {
  const [name = ''] = readdirSync(runsDir).filter((entry) => entry !== 'latest');
  const folder = path.join(runsDir, name);
  const { testLoss, status } = JSON.parse(readFileSync(path.join(folder, 'summary.json'), 'utf8'));
  const metrics = readFileSync(path.join(folder, 'metrics.jsonl'), 'utf8').replace(/"(msPerStep|seconds)":[^,]+/g, '');
  const hashes = [];
  for (const kind of ['last', 'best'] as const) hashes.push(hashOf((await checkpointOf(folder, kind)).tensors));
  return { testLoss, status, metrics, hashes };
}

/** What a save is made of. */
const CALLS = ['rename', 'link', 'fsync'] as const;

/** A run under strace, which counts each thread's calls apart: one thread alone makes those that write files. */
function traced(calls: string, options: readonly string[], runsDir: string): string[] {
  const strace = ['strace', '-f', '-qq', '-e', `trace=${calls}`, ...options];
  return ['env', 'UV_THREADPOOL_SIZE=1', ...strace, ...start(runsDir)];
}

/** How often an unbroken run makes each of the calls. */
async function callsOf(runsDir: string): Promise<Record<string, number>> {
  const log = path.join(cwd, 'calls');
  expect((await run(traced(CALLS.join(','), ['-o', log], runsDir))).code).toBe(0);
  const made = readFileSync(log, 'utf8').match(/\b(?:rename|link|fsync)(?=\()/g) ?? [];
  return Object.fromEntries(CALLS.map((call) => [call, made.filter((name) => name === call).length]));
}

/** Goes on until the run has ended; one that has not begun has nothing to go on with. */
async function finish(runsDir: string, begin = start(runsDir), device = 'cpu-js'): Promise<void> {
  const resumed = await run(fmnist('train', '--resume', 'last', '--runs-dir', runsDir, '--device', device, '--json'));
  if (resumed.code === 0) return;
  expect(resumed.stderr).toMatch(/there is no (run|such checkpoint)|config\.json is missing/);
  rmSync(runsDir, { recursive: true, force: true });
  expect((await run(begin)).code).toBe(0);
}

describe.runIf(BLOWS > 0)('nothing is lost', () => {
  let expected: Awaited<ReturnType<typeof outcome>>;
  let seconds = 0;
  const random = seededRandom(Number(process.env.FMNIST_TEST_SEED ?? 1), 'storm');
  const counts = (what: string, told: Record<string, number>) =>
    process.stderr.write(`${what}: ${JSON.stringify(told)}\n`);

  beforeAll(async () => {
    writeFileSync(config, JSON.stringify(CONFIG));
    const began = performance.now();
    expect((await run(start(path.join(cwd, 'unbroken')))).code).toBe(0);
    seconds = (performance.now() - began) / 1000;
    expected = await outcome(path.join(cwd, 'unbroken'));
  });

  test.skipIf(spawnSync('strace', ['-V']).status !== 0)(
    `by ${BLOWS} kills at an exact system call`,
    async () => {
      const told: Record<string, number> = {};
      const happened = await callsOf(path.join(cwd, 'traced'));
      for (let n = 0; n < BLOWS; n++) {
        const call = CALLS[n % CALLS.length] ?? 'rename';
        const runsDir = path.join(cwd, `call-${n}`);
        const when = 1 + (Math.floor(n / CALLS.length) % (happened[call] ?? 1));
        const { signal, code } = await run(
          traced(call, ['-o', '/dev/null', '-e', `inject=${call}:signal=SIGKILL:when=${when}`], runsDir),
        );
        const killed = signal === 'SIGKILL' || code === 137;
        told[`${call} ${killed ? 'killed' : 'ended before'}`] =
          (told[`${call} ${killed ? 'killed' : 'ended before'}`] ?? 0) + 1;
        if (killed) await finish(runsDir);
        expect(await outcome(runsDir)).toEqual(expected);
      }
      counts('kills at a system call', told);
    },
    BLOWS * 120_000,
  );

  test(
    `by ${BLOWS} signals at random times from the start of the process, and each ends it within five seconds`,
    async () => {
      const told: Record<string, number> = { slowestMs: 0 };
      for (let n = 0; n < BLOWS; n++) {
        const runsDir = path.join(cwd, `signal-${n}`);
        const signal = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)[n % 3] ?? 'SIGINT';
        let sent = 0;
        const ended = await run(start(runsDir), async (child) => {
          await sleep(random.uniform(0, seconds * 1000));
          sent = performance.now();
          child.kill(signal);
        });
        const took = performance.now() - sent;
        told.slowestMs = Math.max(told.slowestMs ?? 0, Math.round(took));
        const how = ended.signal ?? `exit ${ended.code}`;
        told[how] = (told[how] ?? 0) + 1;
        expect(['SIGINT', 'SIGTERM', 'SIGHUP', 'exit 130', 'exit 143', 'exit 0']).toContain(how);
        expect(took).toBeLessThan(5000);
        if (how !== 'exit 0') await finish(runsDir);
        expect(await outcome(runsDir)).toEqual(expected);
      }
      counts('signals', told);
    },
    BLOWS * 120_000,
  );

  const deaths = Math.min(BLOWS, 5);
  test(
    `by ${deaths} kills of the bundled best at random times`,
    async () => {
      const data = ['--data', 'synthetic', '--limit', '512', '--epochs', '2', '--checkpoint-minutes', '0'];
      const best = (runsDir: string) =>
        fmnist('train', '--model', 'best', ...data, '--device', 'cpu', '--json', '--runs-dir', runsDir);
      const began = performance.now();
      expect((await run(best(path.join(cwd, 'best')))).code).toBe(0);
      const lasted = performance.now() - began;
      const told: Record<string, number> = {};
      for (let n = 0; n < deaths; n++) {
        const runsDir = path.join(cwd, `best-${n}`);
        const { signal, code } = await run(best(runsDir), async (child) => {
          await sleep(random.uniform(0, lasted));
          child.kill('SIGKILL');
        });
        const how = signal ?? `exit ${code}`;
        told[how] = (told[how] ?? 0) + 1;
        if (code !== 0) await finish(runsDir, best(runsDir), 'cpu');
        expect(await outcome(runsDir)).toEqual(await outcome(path.join(cwd, 'best')));
      }
      counts('kills of best', told);
    },
    BLOWS * 120_000,
  );

  const moments = Math.min(BLOWS, 20);
  test(
    `by ${moments} moments of a full disk`,
    async (context) => {
      const disk = smallDisk(context, 4);
      const told: Record<string, number> = {};
      for (let n = 0; n < moments; n++) {
        const runsDir = path.join(disk.folder, 'runs');
        mkdirSync(runsDir);
        const filler = path.join(disk.folder, 'filler');
        const ended = await run(start(runsDir), async (child) => {
          await sleep(random.uniform(0, seconds * 1000));
          child.kill('SIGSTOP');
          fill(filler);
          child.kill('SIGCONT');
          await sleep(random.uniform(0, 3000));
          rmSync(filler, { force: true });
        });
        told[`exit ${ended.code}`] = (told[`exit ${ended.code}`] ?? 0) + 1;
        expect([0, 3], ended.stderr).toContain(ended.code);
        if (ended.code !== 0) await finish(runsDir);
        expect(await outcome(runsDir)).toEqual(expected);
        rmSync(runsDir, { recursive: true });
      }
      counts('full disks', told);
    },
    BLOWS * 120_000,
  );

  test('and a state of 3.4 GB trains a step, goes on and is evaluated: it takes half as much memory again at most', async () => {
    const print = 'process.on("exit",()=>console.error(process.resourceUsage().maxRSS))';
    /** Bytes at the most. */
    const peak = async (args: readonly string[]) => {
      const { code, stderr } = await run([process.execPath, '--import', `data:text/javascript,${print}`, BIN, ...args]);
      expect(code, stderr).toBe(0);
      return 1024 * Number(stderr.trim().split('\n').at(-1));
    };
    const wide = (units: number) => ({ type: 'dense', units, activation: 'relu' });
    const layers = [
      { type: 'flatten' },
      wide(16_384),
      wide(16_384),
      { type: 'dense', units: 10, activation: 'softmax' },
    ];
    writeFileSync(path.join(cwd, 'wide.json'), JSON.stringify({ layers, training: { batchSize: 64 } }));
    const data = ['--data', 'synthetic', '--limit', '64', '--validation', 'none', '--epochs', '1'];
    const native = ['--device', 'cpu', '--runs-dir', 'wide'];
    const told: Record<string, number> = {};
    let state = 0;
    for (const [what, args] of [
      ['train', ['train', '--model', 'wide.json', ...data, ...native]],
      ['resume', ['train', '--resume', 'last', '--epochs', '2', ...native]],
      ['evaluate', ['evaluate', 'last', '--checkpoint', 'last', ...native]],
    ] as const) {
      const bytes = await peak(args);
      state ||= statSync(path.join(cwd, 'wide', 'latest', 'checkpoints', 'last.safetensors')).size;
      told[what] = bytes / state;
      expect(bytes).toBeLessThan(1.5 * state);
    }
    rmSync(path.join(cwd, 'wide'), { recursive: true });
    counts(`memory over a state of ${(state / 1e9).toFixed(2)} GB`, told);
  }, 1_800_000);
});
