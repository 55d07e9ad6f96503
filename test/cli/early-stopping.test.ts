import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EventLine, eventLineSchema } from '../../src/training/contracts/events.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

/** A network that trains in seconds, with the training settings given. */
function configFile(cwd: string, training: object): string {
  const file = path.join(cwd, 'tiny.json');
  const layers = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
  writeFileSync(file, JSON.stringify({ name: 'tiny', layers, training }));
  return file;
}

function runEnd(stdout: string): Extract<EventLine, { event: 'run_end' }> {
  const last = eventLineSchema.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
  if (last.event !== 'run_end') throw new Error(`the last line is ${last.event}`);
  return last as Extract<EventLine, { event: 'run_end' }>;
}

describe('a run that early stopping ends', () => {
  // No epoch is better than the first by 100: patience ends the run after the third.
  const earlyStopping = { monitor: 'valLoss', patience: 2, minDelta: 100 };
  const reason = 'stopped early: the validation loss has not improved for 2 epochs, since epoch 1';
  const cwd = temporaryFolder();
  const flags = ['train', '--limit', '500', '--device', 'cpu'];

  it('says so, and which weights were tested, on the screen, in its files and in the list of runs', async () => {
    const config = configFile(cwd, { epochs: 12, earlyStopping });
    const { code, stdout } = await runCli([...flags, '--config', config], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain(reason);
    expect(stdout).toMatch(/test loss=\S+ acc=\S+ epoch=\d$/m);
    const shown = await runCli(['runs', 'show', 'last'], { cwd });
    expect(shown.stdout).toContain('3 of 12 epochs');
    expect(shown.stdout).toContain(reason);
    const run = (/ run=(\S+)/.exec(stdout) ?? [])[1] ?? '';
    const summary = JSON.parse(readFileSync(path.join(cwd, run, 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({
      status: 'completed',
      epochs: 3,
      stoppedEarly: { monitor: 'valLoss', patience: 2, bestEpoch: 1 },
    });
    expect(readFileSync(path.join(cwd, run, 'log.txt'), 'utf8')).toContain(reason);
    const listed = await runCli(['runs'], { cwd });
    expect(listed.stdout).toMatch(new RegExp(`${path.basename(run)} +early stop +3/12 `));
    expect(JSON.parse((await runCli(['runs', '--json'], { cwd })).stdout).runs).toMatchObject([{ stoppedEarly: true }]);
  });

  it('names in its last event the best epoch, whose weights were restored and tested', async () => {
    const config = configFile(cwd, { epochs: 40, batchSize: 8, earlyStopping: { monitor: 'valLoss', patience: 1 } });
    const { stdout } = await runCli([...flags, '--config', config, '--learning-rate', '0.05', '--json'], { cwd });
    const end = runEnd(stdout);
    expect(end.epochs).toBeLessThan(40);
    expect(end.stoppedEarly).toMatchObject({ patience: 1, bestEpoch: end.epochs - 1 });
    expect(end.testedEpoch).toBe(end.epochs - 1);
    expect(end.bestTest).toBeUndefined();
  });
});

describe('a run whose best epoch is not its last', () => {
  it('tests both, and evaluate agrees', async () => {
    const cwd = temporaryFolder();
    const earlyStopping = { monitor: 'valLoss', patience: 1, restoreBest: false };
    const config = configFile(cwd, { epochs: 40, batchSize: 8, earlyStopping });
    const flags = ['--limit', '500', '--device', 'cpu', '--learning-rate', '0.05'];
    const { stdout, stderr } = await runCli(['train', '--config', config, ...flags, '--json'], { cwd });
    const end = runEnd(stdout);
    expect(end.testedEpoch).toBe(end.epochs);
    expect(end.bestTest?.epoch).toBe(end.epochs - 1);
    expect(stderr).toMatch(/test loss=\S+ acc=\S+ epoch=\d+\n.*test loss=\S+ acc=\S+ epoch=\d+ best=yes/);
    const evaluate = ['evaluate', 'last', '--device', 'cpu', '--json'];
    const best = JSON.parse((await runCli([...evaluate, '--checkpoint', 'best'], { cwd })).stdout);
    expect([best.testLoss, best.testAccuracy]).toEqual([end.bestTest?.loss, end.bestTest?.accuracy]);
    const last = JSON.parse((await runCli(evaluate, { cwd })).stdout);
    expect([last.testLoss, last.testAccuracy]).toEqual([end.testLoss, end.testAccuracy]);
    const shown = await runCli(['runs', 'show', 'last'], { cwd });
    expect(shown.stdout).toMatch(/test accuracy \S+% \(epoch \d+, the last\) · test loss/);
    expect(shown.stdout).toMatch(new RegExp(`test accuracy \\S+% \\(epoch ${end.bestTest?.epoch}, the best\\)`));
  });
});
