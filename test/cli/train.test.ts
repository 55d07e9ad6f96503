import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledPath } from '../../src/config/bundled.js';
import { checkpointOf, hashOf } from '../helpers/checkpoints.js';
import { type CliResult, runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

/** 47 steps an epoch, at a few milliseconds each. */
const SMALL = ['train', '--model', 'conv-pool', '--limit', '2000', '--device', 'cpu', '--json', '--json-steps'];

interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

function events({ stdout }: Pick<CliResult, 'stdout'>): Event[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

/** Calls back once, when so many steps are done. */
function afterSteps(count: number, then: (child: ChildProcess) => void) {
  let done = false;
  return (stdout: string, child: ChildProcess) => {
    if (done || stdout.split('"event":"step"').length - 1 < count) return;
    done = true;
    then(child);
  };
}

const onlyRun = (runsDir: string) =>
  path.join(runsDir, readdirSync(runsDir).find((name) => name !== 'latest' && !name.startsWith('.')) ?? '');
const lastHash = async (runsDir: string) => hashOf((await checkpointOf(onlyRun(runsDir), 'last')).tensors);

describe('a run that is interrupted', () => {
  let unbroken: Promise<string>;
  beforeAll(() => {
    const runsDir = temporaryFolder();
    unbroken = runCli([...SMALL, '--epochs', '2', '--runs-dir', runsDir]).then(() => lastHash(runsDir));
  });

  it.each([
    ['Ctrl-C', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 143],
    ['a closed terminal', 'SIGHUP', 143],
  ] as const)(
    'by %s finishes the step, saves, says how to resume, and ends as the unbroken one',
    async (_, signal, code) => {
      const runsDir = temporaryFolder();
      const flags = [...SMALL, '--epochs', '2', '--runs-dir', runsDir];
      const stopped = await runCli(flags, { onStdout: afterSteps(60, (child) => child.kill(signal)) });
      expect(stopped.code).toBe(code);
      const next = /next: fmnist (train --resume .*)/.exec(stopped.stderr)?.[1]?.split(' ') ?? [];
      expect(stopped.stderr).not.toMatch(/error/);
      const told = events(stopped);
      expect(told.at(-1)).toMatchObject({ event: 'run_end', status: 'stopped', exitCode: code });
      const saved = told.findLast(({ event }) => event === 'checkpoint');
      const lastStep = told.findLast(({ event }) => event === 'step');
      expect(saved).toMatchObject({ kind: 'last', epoch: lastStep?.epoch, step: lastStep?.step });

      const resumed = await runCli([...next, '--json', '--json-steps']);
      expect(resumed.code).toBe(0);
      expect(events(resumed).find(({ event }) => event === 'step')).toMatchObject({ step: Number(lastStep?.step) + 1 });
      expect(await lastHash(runsDir)).toBe(await unbroken);
    },
  );

  it('by a closed pipe (| head -1) saves, and can be resumed', async () => {
    const runsDir = temporaryFolder();
    const flags = [...SMALL.filter((flag) => !flag.startsWith('--json')), '--epochs', '50', '--runs-dir', runsDir];
    const { code, stderr } = await runCli(flags, { onStdout: (_, child) => child.stdout?.destroy() });
    const resume = `fmnist train --resume ${path.basename(onlyRun(runsDir))} --runs-dir ${runsDir} --device cpu`;
    expect([code, stderr]).toEqual([143, `stopped after the step; go on with: ${resume}\n`]);
    const { state } = await checkpointOf(onlyRun(runsDir), 'last');
    expect(state.globalStep).toBeGreaterThan(0);
    expect(state.globalStep).toBeLessThan(50 * 47);
  });

  it('twice quits at once', async () => {
    // Nobody takes the first wish up here, as when a disk hangs while the checkpoint is written.
    const script = `
      import { ProcessInterrupts } from ${JSON.stringify(new URL('../../build/process.js', import.meta.url).href)};
      new ProcessInterrupts().hold(() => console.log('terminal given back'));
      process.kill(process.pid, 'SIGINT');
      setTimeout(() => process.kill(process.pid, 'SIGINT'), 500);
      setTimeout(() => process.exit(9), 20_000);
    `;
    const { spawnSync } = await import('node:child_process');
    const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(status).toBe(130);
    expect(stdout).toBe('terminal given back\n');
  });
});

describe('fmnist train', () => {
  it('tells a smoke run as JSON lines, and says on stderr that synthetic images are no clothes', async () => {
    const flags = [
      '--data',
      'synthetic',
      '--epochs',
      '1',
      '--json',
      '--device',
      'cpu',
      '--runs-dir',
      temporaryFolder(),
    ];
    const run = await runCli(['train', ...flags]);
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/synthetic/i);
    const [first, last] = [events(run).at(0), events(run).at(-1)];
    expect(first).toMatchObject({ v: 1, event: 'run_start', data: { synthetic: true, train: 1500, validation: 500 } });
    expect(last).toMatchObject({ v: 1, event: 'run_end', status: 'completed', exitCode: 0 });
  });

  it('exits with 7 when --min-accuracy is not met, 6 when it diverges', async () => {
    const runsDir = temporaryFolder();
    const short = [...SMALL, '--epochs', '1', '--runs-dir', runsDir];
    const gate = await runCli([...short, '--min-accuracy', '0.999']);
    expect(gate.code).toBe(7);
    expect(gate.stderr).toMatch(/error test accuracy 0\.\d+ is below 0\.999/);
    const conv = JSON.parse(readFileSync(bundledPath('conv'), 'utf8'));
    const config = path.join(temporaryFolder(), 'hot.json');
    writeFileSync(config, JSON.stringify({ ...conv, optimizer: { type: 'sgd', learningRate: 100 } }));
    const diverged = await runCli([...short, '--model', config]);
    expect(diverged.code).toBe(6);
    expect(diverged.stderr).toMatch(/--learning-rate/);
    expect(events(diverged).at(-1)).toMatchObject({ event: 'run_end', status: 'failed', exitCode: 6 });
  });

  it('refuses to resume as another run, showing what differs; raises epochs', async () => {
    const runsDir = temporaryFolder();
    await runCli([...SMALL, '--epochs', '1', '--runs-dir', runsDir]);
    const resume = [...SMALL, '--runs-dir', runsDir, '--resume', 'last'];
    const refused = await runCli([...resume, '--seed', '3', '--batch-size', '64']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/seed is 42 in the run, but 3 now/);
    expect(refused.stderr).toMatch(/config\.training\.batchSize is 32 in the run, but 64 now/);
    const another = await runCli([...resume, '--model', 'vgg7']);
    expect([another.code, another.stderr]).toEqual([2, expect.stringMatching(/config\.name is .*, but "vgg7" now/)]);
    expect(another.stderr).toMatch(/• and \d+ more\n/);
    expect(another.stderr.split('\n').length).toBeLessThan(10);
    const more = await runCli([...resume, '--epochs', '2']);
    expect(more.code).toBe(0);
    expect(events(more).filter(({ event }) => event === 'epoch_end')).toMatchObject([{ epoch: 2, epochs: 2 }]);
  });

  it.each([
    [['--epochs', 'abc'], 2, /--epochs must be a whole number/],
    [['--augment', '-3'], 2, /--augment must be a whole number/],
    [['--model', 'vgg8'], 2, /Did you mean "vgg7"/],
    [['--limit', '2', '--validation-split', '0.9'], 2, /leave none to/],
    [['--weights', '/nowhere.safetensors'], 3, /there is no file/],
    [['--resume', 'nothing'], 3, /there is no run "nothing"/],
    [['--data-dir', '/nowhere'], 3, /does not exist/],
  ])('refuses %j with exit code %i and makes no run', async (flags, code, message) => {
    const runsDir = temporaryFolder();
    const run = await runCli(['train', '--runs-dir', runsDir, '--device', 'cpu', ...flags]);
    expect(run.stderr).toMatch(message);
    expect(run.code).toBe(code);
    expect(readdirSync(runsDir)).toEqual([]);
  });
});
