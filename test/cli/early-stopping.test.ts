import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EventLine, eventLineSchema } from '../../src/training/contracts/events.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

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
  const earlyStopping = { monitor: 'valLoss', patience: 1 };
  const flags = ['train', '--limit', '500', '--device', 'cpu', '--learning-rate', '0.05', '--config'];
  const reason = (best: number) =>
    `stopped early: the validation loss has not improved for an epoch, since epoch ${best}, whose weights were restored`;

  it('says so, and that the best weights were restored and tested, on its last screen, in its files and in the list of runs', async () => {
    const cwd = temporaryFolder();
    const args = [BIN, ...flags, configFile(cwd, { epochs: 40, batchSize: 8, earlyStopping })];
    const terminal = new Terminal(process.execPath, args, { columns: 80, rows: 24, cwd });
    expect((await terminal.finished()).exitCode).toBe(0);
    const summary = JSON.parse(readFileSync(path.join(cwd, 'runs/latest/summary.json'), 'utf8'));
    const best = summary.epochs - 1;
    expect(summary).toMatchObject({
      status: 'completed',
      stoppedEarly: { monitor: 'valLoss', patience: 1, bestEpoch: best },
      testedEpoch: best,
    });
    expect(summary.epochs).toBeLessThan(40);

    const screen = terminal.screen.join(' ');
    expect(screen).toContain(`completed after ${best + 1} of 40 epochs`);
    expect(screen).toContain(reason(best));
    expect(screen).toMatch(new RegExp(`test accuracy \\S+% \\(epoch ${best}, the best\\)`));
    expect(readFileSync(path.join(cwd, 'runs/latest/log.txt'), 'utf8')).toContain(reason(best));
    const shown = await runCli(['runs', 'show', 'last'], { cwd });
    expect(shown.stdout).toContain(`${best + 1} of 40 epochs`);
    expect(shown.stdout).toContain(reason(best));
    const listed = await runCli(['runs'], { cwd });
    expect(listed.stdout).toMatch(new RegExp(` early stop +${best + 1}/40 `));
    expect(JSON.parse((await runCli(['runs', '--json'], { cwd })).stdout).runs).toMatchObject([{ stoppedEarly: true }]);
  });

  it('says so to a program and in a log, and counts from the last epoch that was better by minDelta', async () => {
    const cwd = temporaryFolder();
    // No epoch is better than the first by 100: patience ends the run after the third.
    const patient = { monitor: 'valLoss', patience: 2, minDelta: 100, restoreBest: false };
    const config = configFile(cwd, { epochs: 12, earlyStopping: patient });
    const { stdout, stderr } = await runCli([...flags, config, '--json'], { cwd });
    const end = runEnd(stdout);
    const reason = 'stopped early: the validation loss has not improved for 2 epochs, since epoch 1';
    expect(end).toMatchObject({ epochs: 3, stoppedEarly: { patience: 2, bestEpoch: 1 }, message: reason });
    expect(end.testedEpoch).toBe(3);
    expect(stderr).toContain(reason);
    expect(stderr).toMatch(/test loss=\S+ acc=\S+ epoch=3$/m);
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
