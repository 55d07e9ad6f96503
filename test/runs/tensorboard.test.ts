import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../../src/files/file-system.js';
import { crc32c } from '../../src/runs/crc32c.js';
import { EventFile } from '../../src/runs/tensorboard.js';
import type { EpochEnd } from '../../src/training/contracts/events.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { faultyFiles } from '../helpers/faulty-files.js';
import { pythonWith } from '../helpers/python.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const epochEnd = (epoch: number, loss: number, valLoss: number | null): EpochEnd => ({
  event: 'epoch_end',
  epoch,
  epochs: 9,
  steps: 4,
  loss,
  accuracy: 0.5,
  valLoss,
  valAccuracy: valLoss,
  learningRate: 1e-3,
  msPerStep: 5,
  seconds: 1,
  best: true,
});

/** What TensorBoard itself makes of a folder: [[step, value], …] by tag. */
const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1]); events.Reload()
print(json.dumps({tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}))
`;

/** The pictures, histograms and hyperparameters that TensorBoard finds in a folder. */
const READ_MORE = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata
events = EventAccumulator(sys.argv[1], size_guidance={"images": 0, "histograms": 0}); events.Reload()
tags = events.Tags()
images = {tag: [[e.step, e.width, e.height] for e in events.Images(tag)] for tag in tags["images"]}
histograms = {tag: [[e.step, e.histogram_value.num, sum(e.histogram_value.bucket)] for e in events.Histograms(tag)] for tag in tags["histograms"]}
start = metadata.parse_session_start_info_plugin_data(events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content)
end = metadata.parse_session_end_info_plugin_data(events.SummaryMetadata("_hparams_/session_end_info").plugin_data.content)
value = lambda v: getattr(v, v.WhichOneof("kind"))
scalars = {tag: [e.step for e in events.Scalars(tag)] for tag in tags["scalars"]}
print(json.dumps({"images": images, "histograms": histograms, "scalars": scalars, "hparams": {k: value(v) for k, v in start.hparams.items()}, "status": end.status}))
`;

describe('TensorBoard event files', () => {
  it('use the CRC-32C of RFC 3720', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('are read by TensorBoard: every scalar, and a resumed run instead of the epochs that it repeats', (context) => {
    const python = pythonWith({
      environment: 'tensorboard',
      install: { tensorboard: '2.21.0' },
      imports: ['tensorboard'],
    });
    if (python === undefined) return context.skip('needs Python with TensorBoard');
    return readByTensorBoard(python);
    // The first time, TensorBoard is installed.
  }, 600_000);

  it('hold the confusion matrix, mistakes, histograms, norms and hyperparameters, and TensorBoard reads them', async (context) => {
    const python = pythonWith({
      environment: 'tensorboard',
      install: { tensorboard: '2.21.0' },
      imports: ['tensorboard'],
    });
    if (python === undefined) return context.skip('needs Python with TensorBoard');
    await nativeBinding();
    const cwd = temporaryFolder();
    const flags = ['--data', 'synthetic', '--limit', '96', '--epochs', '2', '--device', 'cpu'];
    const { code, stderr } = await runCli(['train', ...flags, '--tensorboard', '--histograms', '--norms'], { cwd });
    expect(code, stderr).toBe(0);
    const folder = path.join(cwd, 'runs', 'latest', 'tensorboard');
    const read = execFileSync(python, ['-c', READ_MORE, folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { images, histograms, scalars, hparams, status } = JSON.parse(read);
    expect(images['test/confusion']).toEqual([[2, expect.any(Number), expect.any(Number)]]);
    const mistakes = Object.keys(images).filter((name) => name.startsWith('test_mistakes/'));
    expect(mistakes.length).toBeGreaterThan(0);
    expect(images[mistakes[0] ?? '']).toEqual([[2, 28, 28]]);
    // 3 · 3 · 1 · 32 weights, all of them in a bucket.
    expect(histograms['weights/conv2d_1/kernel']).toEqual([
      [1, 288, 288],
      [2, 288, 288],
    ]);
    expect(scalars['norms/weights/conv2d_1/kernel']).toEqual([1, 2]);
    expect(scalars['norms/gradients/conv2d_1/kernel']).toEqual([1, 2]);
    expect(hparams).toMatchObject({ model: 'conv-pool', seed: 42, 'training.epochs': 2, 'optimizer.type': 'adam' });
    expect(status).toBe(1);
  }, 600_000);

  it('are made whole again after a write that failed half-way', async () => {
    const folder = temporaryFolder();
    const healthy = temporaryFolder();
    const now = new Date(2026, 0);
    // Create, start: 4 calls (open, write, sync, close); then the first epoch's write stops in the middle.
    const events = await EventFile.create(faultyFiles(nodeFileSystem, 6, 'short', false), folder, now, 0);
    const reference = await EventFile.create(nodeFileSystem, healthy, now, 0);
    const torn = await EventFile.create(faultyFiles(nodeFileSystem, 7, 'EIO'), temporaryFolder(), now, 0);
    await events.epoch(epochEnd(1, 0.5, null), now);
    await reference.epoch(epochEnd(1, 0.5, null), now);
    await expect(torn.epoch(epochEnd(1, 0.5, null), now)).rejects.toThrow('EIO');
    await torn.epoch(epochEnd(1, 0.5, null), now);
    const bytes = readOnly(healthy);
    expect(readOnly(folder)).toEqual(bytes);
    expect(readFileSync(torn.path)).toEqual(bytes);
  });
});

it('come in the order in which they were written, whatever the clock says', async () => {
  const folder = temporaryFolder();
  const clocks = [new Date(2026, 5, 1), new Date(2026, 0, 1), new Date(2026, 5, 1), new Date(2025, 0, 1)];
  const names: string[] = [];
  for (const now of clocks) names.push((await EventFile.create(nodeFileSystem, folder, now, 0)).path);
  expect(names.toSorted()).toEqual(names);
  expect(new Set(names).size).toBe(clocks.length);
});

async function readByTensorBoard(python: string): Promise<void> {
  const folder = temporaryFolder();
  const first = await EventFile.create(nodeFileSystem, folder, new Date(2026, 0, 1), 0);
  for (const epoch of [1, 2, 3]) await first.epoch(epochEnd(epoch, 1 / epoch, 0.25), new Date(2026, 0, 1));
  const second = await EventFile.create(nodeFileSystem, folder, new Date(2026, 0, 2), 2);
  for (const epoch of [3, 4]) await second.epoch(epochEnd(epoch, 7, null), new Date(2026, 0, 2));

  const scalars: Record<string, unknown> = JSON.parse(
    execFileSync(python, ['-c', READ, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  expect(scalars['loss/train']).toEqual([
    [1, 1],
    [2, 0.5],
    [3, 7],
    [4, 7],
  ]);
  expect(scalars['loss/validation']).toEqual([
    [1, 0.25],
    [2, 0.25],
  ]);
  expect(Object.keys(scalars).sort()).toEqual([
    'accuracy/train',
    'accuracy/validation',
    'learning_rate',
    'loss/train',
    'loss/validation',
    'ms_per_step',
  ]);
}

function readOnly(folder: string): Buffer {
  const [name = ''] = readdirSync(folder);
  return readFileSync(path.join(folder, name));
}
