import { readFileSync, writeFileSync } from 'node:fs';
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
