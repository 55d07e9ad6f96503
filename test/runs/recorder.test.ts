import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { modelConfigSchema } from '../../src/config/schema.js';
import { nodeFileSystem } from '../../src/files/file-system.js';
import { type NamedTensors, readAll, sourceOf } from '../../src/model/tensors.js';
import { parseMetricsJsonl } from '../../src/runs/metrics.js';
import { RunDirectory } from '../../src/runs/recorder.js';
import type { EpochEnd, RunEnd, RunStart } from '../../src/training/contracts/events.js';
import type { TrainingCheckpoint } from '../../src/training/contracts/recorder.js';
import { checkpointOf } from '../helpers/checkpoints.js';
import { FAULTS, faultyFiles } from '../helpers/faulty-files.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const start = (run: string, history: EpochEnd[] = []): RunStart => ({
  event: 'run_start',
  run,
  model: 'conv',
  parameters: 10,
  config: { name: 'conv', layers: [] },
  engine: { kind: 'native', name: 'TensorFlow', device: 'cpu', deviceName: 'CPU', threads: 2 },
  precision: 'float32',
  seed: 42,
  epochs: 3,
  batchSize: 32,
  stepsPerEpoch: 4,
  data: { train: 96, augmented: 0, validation: 32, test: 10, source: 'x', synthetic: false, validationMode: 'honest' },
  history,
});
const epochEnd = (epoch: number, valLoss: number | null = 0.5): EpochEnd => ({
  event: 'epoch_end',
  epoch,
  epochs: 3,
  steps: 4,
  loss: 0.1 + 0.2,
  accuracy: 1 / 3,
  valLoss,
  valAccuracy: valLoss,
  learningRate: 1e-3,
  msPerStep: 5,
  seconds: 1,
  best: epoch === 1,
});
const runEnd = (run: string): RunEnd => ({
  event: 'run_end',
  status: 'completed',
  exitCode: 0,
  epochs: 3,
  testLoss: 0.5,
  testAccuracy: 0.9,
  bestValAccuracy: 0.9,
  seconds: 3,
  run,
});
const tensors = (epoch: number): NamedTensors => new Map([['w', { shape: [2], data: Float32Array.of(epoch, 1) }]]);
const checkpoint = (epoch: number): TrainingCheckpoint => ({
  tensors: sourceOf(tensors(epoch)),
  state: {
    settings: {
      config: modelConfigSchema.parse({ layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] }),
      seed: 42,
      dataset: 'fashion-mnist',
      limit: 128,
      augment: 0,
      validation: 'honest',
      shuffle: true,
      precision: 'float32',
    },
    fingerprint: 'abc',
    epoch,
    step: 4,
    globalStep: epoch * 4,
    sums: { loss: 0.1, correct: 1, count: 2, seconds: 0.5 },
    seconds: 3,
    history: Array.from({ length: epoch }, (_, i) => epochEnd(i + 1)),
  },
});
const options = { environment: { node: 'v20' }, retries: { retries: 1, firstDelayMs: 1 } };

describe('a run directory', () => {
  it('holds config, environment, metrics, summary, log and checkpoints', async () => {
    const runsDir = temporaryFolder();
    const recorder = await RunDirectory.create(runsDir, 'conv', options);
    const { folder } = recorder.paths;
    await recorder.record(start(folder));
    await recorder.record(epochEnd(1));
    await recorder.record(epochEnd(2, null));
    await recorder.checkpoint('last', { epoch: 2, step: 4 }, checkpoint(2));
    await recorder.checkpoint('best', { epoch: 1, step: 4 }, checkpoint(1));
    await recorder.record(runEnd(folder));
    await recorder.close();

    const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
    expect(JSON.parse(read('config.json'))).toEqual({ name: 'conv', layers: [] });
    expect(JSON.parse(read('environment.json'))).toMatchObject({ node: 'v20', seed: 42, engine: { threads: 2 } });
    expect(JSON.parse(read('summary.json'))).toMatchObject({ status: 'completed', testAccuracy: 0.9 });
    expect(read('metrics.csv')).toBe(
      'epoch,steps,loss,accuracy,val_loss,val_accuracy,learning_rate,ms_per_step,seconds,best,ema_val_loss,ema_val_accuracy\n' +
        '1,4,0.30000000000000004,0.3333333333333333,0.5,0.5,0.001,5,1,true,,\n' +
        '2,4,0.30000000000000004,0.3333333333333333,,,0.001,5,1,false,,\n',
    );
    expect(parseMetricsJsonl(read('metrics.jsonl'), 'x')).toEqual([epochEnd(1), epochEnd(2, null)]);
    expect(read('log.txt').split('\n')).toHaveLength(5);
    expect(readdirSync(path.join(folder, 'checkpoints')).sort()).toEqual(['best.safetensors', 'last.safetensors']);
  });

  it('is trained by one process at a time', async () => {
    const recorder = await RunDirectory.create(temporaryFolder(), 'conv', options);
    await recorder.checkpoint('last', { epoch: 1, step: 4 }, checkpoint(1));
    await expect(RunDirectory.resume(recorder.run, options)).rejects.toThrow('is being trained');
    await recorder.close();
    await (await RunDirectory.resume(recorder.run, options)).directory.close();
  });

  it('forgets the epochs that a resumed run repeats, and what a crash left half-written', async () => {
    const recorder = await RunDirectory.create(temporaryFolder(), 'conv', options);
    const { folder, checkpoints, metricsJsonl } = recorder.paths;
    await recorder.record(start(folder));
    for (const epoch of [1, 2]) await recorder.record(epochEnd(epoch));
    await recorder.checkpoint('last', { epoch: 2, step: 4 }, checkpoint(2));
    await recorder.close();
    writeFileSync(path.join(checkpoints, 'last.safetensors.partial-1-1'), 'half');
    const resumed = await RunDirectory.resume(folder, options);
    expect(resumed.checkpoint.state).toEqual(checkpoint(2).state);
    expect(await readAll(resumed.checkpoint.tensors)).toEqual(tensors(2));
    await resumed.checkpoint.close();
    await resumed.directory.record(start(folder, [epochEnd(1)]));
    await resumed.directory.close();
    expect(parseMetricsJsonl(readFileSync(metricsJsonl, 'utf8'), 'x')).toEqual([epochEnd(1)]);
    expect(readdirSync(checkpoints)).toEqual(['last.safetensors']);
  });

  it('whose last checkpoint is damaged goes on from the one before, says so, and keeps it until a new one is whole', async () => {
    const recorder = await RunDirectory.create(temporaryFolder(), 'conv', options);
    const { folder, checkpoints } = recorder.paths;
    for (const epoch of [1, 2]) await recorder.checkpoint('last', { epoch, step: 4 }, checkpoint(epoch));
    await recorder.close();
    writeFileSync(path.join(checkpoints, 'last.safetensors'), 'half');
    const resumed = await RunDirectory.resume(folder, options);
    expect(resumed.checkpoint.state.epoch).toBe(1);
    expect(resumed.warnings).toMatchObject([
      { message: expect.stringMatching(/last\.safetensors: .*epoch 1, step 4/) },
    ]);
    await resumed.directory.checkpoint('last', { epoch: 2, step: 4 }, checkpoint(2));
    await resumed.directory.close();
    expect(readdirSync(checkpoints).sort()).toEqual([
      'last.previous.safetensors',
      'last.safetensors',
      'last.safetensors.damaged',
    ]);
  });

  it('gives back the best weights, when there are any', async () => {
    const recorder = await RunDirectory.create(temporaryFolder(), 'conv', options);
    expect(await recorder.best(1)).toBeUndefined();
    await recorder.checkpoint('best', { epoch: 1, step: 4 }, checkpoint(1));
    const best = await recorder.best(1);
    expect(best && (await readAll(best.tensors))).toEqual(tensors(1));
    await best?.close();
    expect(await recorder.best(2)).toBeUndefined();
    await recorder.checkpoint('best', { epoch: 2, step: 4 }, checkpoint(2));
    writeFileSync(path.join(recorder.paths.checkpoints, 'best.safetensors'), 'half');
    // The best epoch's, or none: never those of another.
    expect(await recorder.best(2)).toBeUndefined();
    await recorder.close();
  });
});

describe('a disk that fails', () => {
  it.each(FAULTS.filter((fault) => !fault.startsWith('crash')))(
    'by %s once, at any call, costs nothing: the write is tried again',
    async (fault) => {
      for (let k = 1; ; k += 3) {
        const files = faultyFiles(nodeFileSystem, k, fault);
        const recorder = await RunDirectory.create(temporaryFolder(), 'conv', { ...options, files });
        const { folder, metricsJsonl } = recorder.paths;
        const told = [
          await recorder.record(start(folder)),
          await recorder.record(epochEnd(1)),
          await recorder.checkpoint('last', { epoch: 1, step: 4 }, checkpoint(1)),
        ].flat();
        await recorder.close();
        expect(told.filter(({ event }) => event === 'warning')).toEqual([]);
        expect(parseMetricsJsonl(readFileSync(metricsJsonl, 'utf8'), 'x')).toEqual([epochEnd(1)]);
        expect((await checkpointOf(folder, 'last')).state.epoch).toBe(1);
        if (!files.struck()) break;
      }
    },
  );

  it('for good is a warning each time, then an error that names what is left', async () => {
    const files = faultyFiles(nodeFileSystem, 60, 'ENOSPC', true);
    const recorder = await RunDirectory.create(temporaryFolder(), 'conv', { ...options, files });
    const { folder } = recorder.paths;
    await recorder.record(start(folder));
    await recorder.checkpoint('last', { epoch: 1, step: 4 }, checkpoint(1));
    const save = (epoch: number, final = false) =>
      recorder.checkpoint('last', { epoch, step: 4 }, checkpoint(epoch), final);
    await recorder.record(epochEnd(1));
    while ((await save(1))[0]?.event === 'checkpoint');
    expect((await save(2))[0]).toMatchObject({ event: 'warning', message: expect.stringContaining('ENOSPC') });
    expect(await recorder.record(epochEnd(2))).not.toEqual([]);
    await expect(save(3, true)).rejects.toThrow(/nothing can be saved any more.*ENOSPC/);
    await recorder.close();
    expect((await checkpointOf(folder, 'last')).state.epoch).toBe(1);
  });

  it('because its folder is gone ends the run at the next checkpoint', async () => {
    const recorder = await RunDirectory.create(temporaryFolder(), 'conv', options);
    rmSync(recorder.paths.folder, { recursive: true });
    const save = recorder.checkpoint('last', { epoch: 1, step: 1 }, checkpoint(1));
    await expect(save).rejects.toThrow('was removed while it was trained');
    await recorder.close();
  });
});
