import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCurve, windowMeans } from '../../src/runs/curves.js';
import { readPredictions } from '../../src/runs/predictions.js';
import { readRun } from '../../src/runs/read.js';
import { TrainingControl } from '../../src/training/contracts/control.js';
import { nativeEngine } from '../helpers/engine.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { runTraining, settings } from '../helpers/training-run.js';

beforeAll(() => nativeEngine());

describe('the curve of a run', () => {
  it('has the loss, and the mean loss and accuracy of the epoch, after every step of a short run', async () => {
    const { folder, steps } = await runTraining({ settings: settings() });
    expect(await readCurve(path.join(folder, 'curves.jsonl'))).toEqual(
      steps.map(({ epoch, step, steps, loss, meanLoss, meanAccuracy, learningRate }) => ({
        epoch,
        step,
        steps,
        loss,
        meanLoss,
        meanAccuracy,
        learningRate,
      })),
    );
  });

  it('keeps at most 2,000 points of a long run, evenly', async () => {
    const runsDir = temporaryFolder();
    const folder = path.join(runsDir, await recordRun(runsDir, { name: 'conv', epochs: 7, steps: 999 }));
    const points = await readCurve(path.join(folder, 'curves.jsonl'));
    expect(points.length).toBe(Math.floor((7 * 999) / 4));
    expect(points.map(({ epoch, step }) => (epoch - 1) * 999 + step)).toEqual(points.map((_, i) => 4 * (i + 1)));
  });

  it('is after a resumed run, stopped within an epoch, to the byte that of the unbroken run', async () => {
    const whole = await runTraining({ settings: settings() });
    const control = new TrainingControl();
    const broken = await runTraining({
      settings: settings(),
      control,
      onEvent: (event) => {
        if (event.event === 'step' && event.epoch === 2 && event.step === 1) control.stopAfterStep();
      },
    });
    await runTraining({ settings: settings() }, broken.folder);
    const bytes = (folder: string) => readFileSync(path.join(folder, 'curves.jsonl'), 'utf8');
    expect(bytes(broken.folder)).toBe(bytes(whole.folder));
  });

  it('is read without the line that was cut, and is no reason to refuse a run without one', async () => {
    const runsDir = temporaryFolder();
    const folder = path.join(runsDir, await recordRun(runsDir, { name: 'conv' }));
    const file = path.join(folder, 'curves.jsonl');
    const text = readFileSync(file, 'utf8');
    const all = await readCurve(file);
    writeFileSync(file, text.slice(0, -9));
    expect(await readCurve(file)).toEqual(all.slice(0, -1));
    writeFileSync(file, '');
    expect((await readRun(folder)).curve).toEqual([]);
  });

  it('becomes the means of the steps between its points', () => {
    const losses = [4, 2, 3, 1, 8, 6];
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const points = losses.map((_, i) => ({
      epoch: i < 4 ? 1 : 2,
      step: i < 4 ? i + 1 : i - 3,
      steps: 4,
      meanLoss: mean(losses.slice(i < 4 ? 0 : 4, i + 1)),
      meanAccuracy: 0.5,
      learningRate: 0.1,
    }));
    expect(windowMeans(points, 3)).toMatchObject([
      { epoch: 0.5, steps: 2, loss: 3, accuracy: 0.5 },
      { epoch: 1, steps: 4, loss: 2 },
      { epoch: 1.5, steps: 6, loss: 7 },
    ]);
  });

  it('has no window of a single step at the end of an epoch, which would jump', () => {
    const points = Array.from({ length: 34 }, (_, i) => {
      const at = { epoch: Math.floor(i / 17) + 1, step: (i % 17) + 1, steps: 17 };
      return { ...at, meanLoss: 1, meanAccuracy: 0, learningRate: 1 };
    });
    const ends = windowMeans(points, 9).map(({ steps }) => steps);
    expect(ends.map((end, i) => end - (ends[i - 1] ?? 0))).toEqual([4, 4, 4, 5, 4, 4, 4, 5]);
  });

  it('goes on after a loss so huge that rounding swallows the next ones in the mean', () => {
    const losses = [2, 1e17, 2.3, 2.4, 2.5];
    let sum = 0;
    const points = losses.map((loss, i) => {
      sum += loss;
      return { epoch: 1, step: i + 1, steps: 5, loss, meanLoss: sum / (i + 1), meanAccuracy: 0.1, learningRate: 1 };
    });
    expect(windowMeans(points, 5).map(({ loss }) => loss)).toEqual([2, 1e17, 2.3, 2.4, 2.5]);
    const older = points.map(({ loss: _, ...point }) => point);
    expect(windowMeans(older, 5).map(({ loss }) => loss)).toEqual([2, 1e17, Number.NaN, Number.NaN, Number.NaN]);
  });
});

it('a run keeps what its test said of each image', async () => {
  const { folder, end } = await runTraining({ settings: settings() });
  const { labels, probabilities } = (await readPredictions(path.join(folder, 'predictions.safetensors'))) ?? {};
  expect(labels).toHaveLength(200);
  expect(probabilities).toHaveLength(2000);
  const right = Array.from(labels ?? []).filter((label, i) => {
    const row = probabilities?.subarray(10 * i, 10 * i + 10) ?? new Float32Array();
    return Math.max(...row) === row[label];
  });
  expect(right.length / 200).toBe(end?.testAccuracy);
});
