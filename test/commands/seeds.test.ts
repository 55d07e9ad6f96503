import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventLineSchema } from '../../src/training/contracts/events.js';
import type { SeedsEnd } from '../../src/training/contracts/seeds.js';
import { type CliResult, runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const CONFIG = {
  name: 'small-net',
  layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
  training: { epochs: 2, emaDecay: 0.9 },
  evaluation: { tta: 'flip' },
};

function folder(): string {
  const cwd = temporaryFolder();
  writeFileSync(path.join(cwd, 'net.json'), JSON.stringify(CONFIG));
  return cwd;
}

const train = (cwd: string, ...flags: string[]) =>
  runCli(['train', '--config', 'net.json', '--limit', '512', '--device', 'cpu', ...flags], { cwd });

const weights = (cwd: string, run: string) =>
  readFileSync(path.join(cwd, 'runs', run, 'checkpoints/last.safetensors')).toString('base64');

/** As the run's last checkpoint has them. */
function settingsOf(cwd: string, run: string): { readonly weights?: string } {
  const bytes = readFileSync(path.join(cwd, 'runs', run, 'checkpoints/last.safetensors'));
  const { __metadata__: metadata } = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
  return JSON.parse(metadata.state).settings;
}

/** Every line is checked against what is published. */
function lines({ stdout }: CliResult) {
  return stdout
    .trim()
    .split('\n')
    .map((line) => eventLineSchema.parse(JSON.parse(line)));
}

function seedsEnd(result: CliResult): SeedsEnd {
  const last = lines(result).at(-1);
  if (last?.event !== 'seeds_end') throw new Error(`the last line is ${last?.event}: ${result.stderr}`);
  return last as SeedsEnd;
}

describe('train --seeds', () => {
  const undisturbed = (async () => {
    const cwd = folder();
    return { cwd, outcome: await train(cwd, '--seeds', '3', '--json') };
  })();

  it('trains the same settings with each seed, tests each run, and tells mean and standard deviation', async () => {
    const { outcome } = await undisturbed;
    expect(outcome.code, outcome.stderr).toBe(0);
    const ends = lines(outcome).flatMap((line) => (line.event === 'run_end' ? [line] : []));
    const { runs, spread } = seedsEnd(outcome);
    expect(runs.map(({ run, seed }) => [run, seed])).toEqual([
      ['runs/small-net-seed42', 42],
      ['runs/small-net-seed43', 43],
      ['runs/small-net-seed44', 44],
    ]);
    expect(runs.map(({ accuracies }) => accuracies)).toEqual(
      ends.map(({ testAccuracy, emaTestAccuracy, ttaTest }) => ({
        test: testAccuracy,
        emaTest: emaTestAccuracy,
        ttaTest: ttaTest?.accuracy,
        emaTtaTest: ttaTest?.emaAccuracy,
      })),
    );
    const [a = 0, b = 0, c = 0] = runs.map(({ accuracies }) => accuracies.test);
    expect(new Set([a, b, c]).size).toBeGreaterThan(1);
    const mean = (a + b + c) / 3;
    expect(spread.test?.mean).toBeCloseTo(mean, 12);
    expect(spread.test?.deviation).toBeCloseTo(Math.hypot(a - mean, b - mean, c - mean) / Math.sqrt(2), 12);
    expect(outcome.stderr).toContain(`${(100 * mean).toFixed(2)}% ± `);
  });

  it('trains each as a run of that seed alone is trained', async () => {
    const { cwd } = await undisturbed;
    const { code } = await train(cwd, '--seed', '44', '--name', 'alone');
    expect(code).toBe(0);
    expect(tensors(weights(cwd, 'alone'))).toBe(tensors(weights(cwd, 'small-net-seed44')));
  });

  it('trains none again that is finished, and is refused where a run of the name is another', async () => {
    const { cwd, outcome } = await undisturbed;
    const again = await train(cwd, '--seeds', '3', '--json');
    expect(again.code, again.stderr).toBe(0);
    expect(lines(again)).toEqual([{ v: 1, ...seedsEnd(outcome) }]);
    const other = await train(cwd, '--seeds', '3', '--batch-size', '64');
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('there is a run small-net-seed42 with other settings');
    expect(other.stderr).toContain('config.training.batchSize is 32 in the run, but 64 now');
    const gated = await train(cwd, '--seeds', '3', '--min-accuracy', '1');
    expect(gated.code).toBe(7);
    expect(gated.stderr).toMatch(/the mean test accuracy 0\.\d+ is below 1/);
  });

  it('is refused where the runs of the name began with other weights', async () => {
    const { cwd } = await undisturbed;
    const other = await train(cwd, '--seeds', '3', '--weights', 'runs/small-net-seed44');
    expect([other.code, other.stdout]).toEqual([2, '']);
    expect(other.stderr).toMatch(/weights is not set in the run, but "[0-9a-f]{64}" now/);
  });

  it('begins each seed with the same weights, also those of the last run', async () => {
    const { cwd } = await undisturbed;
    const flags = ['--seeds', '2', '--epochs', '1', '--name', 'tuned', '--weights', 'last', '--json'];
    expect((await train(cwd, ...flags)).code).toBe(0);
    const [first, second] = ['tuned-seed42', 'tuned-seed43'].map((run) => settingsOf(cwd, run).weights);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
  });

  it('goes on with the other seeds where one diverges, tells so, and trains none of them again', async () => {
    const cwd = folder();
    const layers = [CONFIG.layers[0], { type: 'dense', units: 16 }, CONFIG.layers[1]];
    const hot = { schedule: { type: 'oneCycle', maxLearningRate: 90 }, optimizer: { type: 'sgd' }, layers };
    writeFileSync(path.join(cwd, 'net.json'), JSON.stringify({ ...CONFIG, ...hot }));
    const outcome = await train(cwd, '--seeds', '2', '--json');
    expect(outcome.code, outcome.stderr).toBe(6);
    const { runs, spread } = seedsEnd(outcome);
    expect(runs).toEqual([
      expect.objectContaining({ seed: 42, accuracies: {}, diverged: expect.stringMatching(/became \S+ in epoch 1/) }),
      expect.objectContaining({ seed: 43, accuracies: {}, diverged: expect.stringMatching(/became \S+ in epoch 1/) }),
    ]);
    expect(spread).toEqual({});
    expect(outcome.stderr).toMatch(/small-net-seed43 +43 +00:0\d +diverged/);
    expect(outcome.stderr).toContain('2 of 2 seeds diverged');
    const again = await train(cwd, '--seeds', '2', '--json');
    expect([again.code, lines(again)]).toEqual([6, [{ v: 1, ...seedsEnd(outcome) }]]);
  });

  it('takes the mean of those that did not diverge', async () => {
    const { cwd, outcome } = await undisturbed;
    const copy = path.join(temporaryFolder(), 'copy');
    cpSync(cwd, copy, { recursive: true });
    const summary = path.join(copy, 'runs/small-net-seed42/summary.json');
    const end = { ...JSON.parse(readFileSync(summary, 'utf8')), status: 'failed', exitCode: 6, message: 'the loss …' };
    writeFileSync(summary, JSON.stringify({ ...end, testAccuracy: null }));
    const { code, stdout, stderr } = await train(copy, '--seeds', '3', '--json');
    expect(code, stderr).toBe(6);
    const [, b = 0, c = 0] = seedsEnd(outcome).runs.map(({ accuracies }) => accuracies.test);
    expect(seedsEnd({ ...outcome, stdout }).spread.test?.mean).toBeCloseTo((b + c) / 2, 12);
  });

  it('has no seed that --seed would not take', async () => {
    const { code, stderr } = await train(folder(), '--seed', '4294967295', '--seeds', '2');
    expect([code, stderr]).toEqual([2, expect.stringContaining('2 seeds from 4294967295 on go beyond the largest')]);
  });

  it('is found by its name', async () => {
    const { cwd } = await undisturbed;
    const listed = await runCli(['runs', 'list', '--filter', 'name=small-net-seed*', '--json'], { cwd });
    expect(JSON.parse(listed.stdout).runs).toHaveLength(3);
    const none = await runCli(['runs', 'list', '--filter', 'name=small-net', '--json'], { cwd });
    expect(JSON.parse(none.stdout).runs).toEqual([]);
  });

  it('says after Ctrl-C how to go on, and comes to the same end', async () => {
    const cwd = folder();
    // The second run lasts much longer than the signal takes.
    const flags = ['train', '--config', 'net.json', '--limit', '64', '--epochs', '40', '--device', 'cpu'];
    let told = false;
    const stopped = await runCli([...flags, '--seeds', '2', '--json'], {
      cwd,
      onStdout: (stdout, child) => {
        if (told || !stdout.includes('small-net-seed43')) return;
        told = true;
        child.kill('SIGINT');
      },
    });
    expect(stopped.code, stopped.stderr).toBe(130);
    const command = `fmnist ${flags.join(' ')} --seeds 2 --json`;
    expect(stopped.stderr).toContain(command);
    const { code, stdout, stderr } = await runCli(command.split(' ').slice(1), { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).not.toContain('"seed":42,"epochs"');
    await runCli([...flags, '--seed', '43', '--name', 'alone'], { cwd });
    expect(tensors(weights(cwd, 'small-net-seed43'))).toBe(tensors(weights(cwd, 'alone')));
  });
});

/** What follows the header, which tells of seconds. */
function tensors(file: string): string {
  const bytes = Buffer.from(file, 'base64');
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0))).toString('base64');
}
