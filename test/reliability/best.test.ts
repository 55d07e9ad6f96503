import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encodeSafeTensors } from '../../src/runs/safetensors.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { smallDisk } from '../helpers/small-disk.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

/** Learns too fast: some epoch in the middle is the best. */
const CONFIG = {
  name: 'hasty',
  layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
  optimizer: { type: 'adam', learningRate: 0.02 },
  training: { epochs: 5, batchSize: 4, earlyStopping: { patience: 9, restoreBest: true } },
};
const FLAGS = ['--device', 'cpu', '--limit', '3000', '--json'];

interface Event {
  readonly event: string;
  readonly epoch: number;
  readonly best: boolean;
  readonly kind: string;
  readonly message: string;
  readonly testAccuracy: number;
}
const parsed = (stdout: string): Event[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

function writeConfig(folder: string): string {
  const file = path.join(folder, 'hasty.json');
  writeFileSync(file, JSON.stringify(CONFIG));
  return file;
}

/** What the run comes to when nothing happens to it. */
async function unbroken(folder: string) {
  const { code, stdout } = await runCli(['train', '--model', writeConfig(folder), ...FLAGS], { cwd: folder });
  expect(code).toBe(0);
  const events = parsed(stdout);
  const epochs = events.filter(({ event }) => event === 'epoch_end');
  const best = epochs.findLast((epoch) => epoch.best)?.epoch ?? 0;
  // Neither the first nor the last: an older one's weights are there to be mistaken for it.
  expect(epochs.filter((epoch) => epoch.best).length).toBeGreaterThan(1);
  expect(best).toBeLessThan(epochs.length);
  return { best, testAccuracy: events.at(-1)?.testAccuracy };
}

test('a disk that is full while the best epoch is saved, and free again later, costs the run nothing', async (context) => {
  const disk = smallDisk(context, 3);
  const expected = await unbroken(temporaryFolder());
  const filler = path.join(disk.folder, 'filler');
  let seen = 0;
  const full = await runCli(
    ['train', '--model', writeConfig(temporaryFolder()), '--runs-dir', path.join(disk.folder, 'runs'), ...FLAGS],
    {
      onStdout: (stdout, child) => {
        const events = parsed(stdout.slice(0, stdout.lastIndexOf('\n') + 1));
        for (const { event, epoch, kind, message } of events.slice(seen)) {
          // The best epoch begins.
          if (event === 'checkpoint' && kind === 'last' && epoch === expected.best) {
            child.kill('SIGSTOP');
            fill(filler);
            child.kill('SIGCONT');
          }
          if (event === 'warning' && message.includes('checkpoints/best')) rmSync(filler);
        }
        seen = events.length;
      },
    },
  );
  expect(full.code).toBe(0);
  const events = parsed(full.stdout);
  expect(events.some(({ event, message }) => event === 'warning' && message.includes('checkpoints/best'))).toBe(true);
  expect(
    events.find(({ event, kind, epoch }) => event === 'checkpoint' && kind === 'best' && epoch === expected.best),
  ).toBeDefined();
  expect(events.at(-1)?.testAccuracy).toBe(expected.testAccuracy);

  const evaluated = await runCli([
    'evaluate',
    'last',
    '--runs-dir',
    path.join(disk.folder, 'runs'),
    '--device',
    'cpu',
    '--json',
  ]);
  expect(JSON.parse(evaluated.stdout).testAccuracy).toBe(expected.testAccuracy);
});

/** Takes all the room that is left. */
function fill(file: string): void {
  try {
    for (let size = 1 << 16; size >= 1; size >>= 4) {
      try {
        for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
      } catch {
        // Full for pieces of this size.
      }
    }
  } catch {
    // Full.
  }
}

test("an older epoch's weights are never taken for the best: evaluate says that they are lost", async () => {
  const folder = temporaryFolder();
  await unbroken(folder);
  const [run] = readdirSync(path.join(folder, 'runs')).filter((name) => name !== 'latest');
  const checkpoints = path.join(folder, 'runs', run ?? '', 'checkpoints');
  writeFileSync(path.join(checkpoints, 'best.safetensors'), 'damaged');
  const { code, stderr } = await runCli(['evaluate', 'last', '--device', 'cpu'], { cwd: folder });
  expect(code).toBe(3);
  expect(stderr).toMatch(/best\.previous\.safetensors is of epoch \d, but epoch \d was the best: its weights are lost/);
  const last = await runCli(['evaluate', 'last', '--checkpoint', 'last', '--device', 'cpu'], { cwd: folder });
  expect(last.code).toBe(0);
});

test('weights that the last step of an epoch made infinite are not saved as the best', async () => {
  const cwd = temporaryFolder();
  const layers = [
    { type: 'flatten' },
    { type: 'dense', units: 4 },
    { type: 'dense', units: 10, activation: 'softmax' },
  ];
  // The loss of the only step is moderate, its gradients are not.
  const optimizer = { type: 'sgd', learningRate: 100 };
  const config = { layers, optimizer, training: { epochs: 2, batchSize: 64 } };
  writeFileSync(path.join(cwd, 'steep.json'), JSON.stringify(config));
  const weight = (shape: readonly number[], value: (i: number) => number) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return { shape: [...shape], data: Float32Array.from({ length: size }, (_, i) => value(i)) };
  };
  const weights = new Map([
    ['dense_1/kernel', weight([784, 4], () => 1e-30)],
    ['dense_1/bias', weight([4], () => 0)],
    ['dense_2/kernel', weight([4, 10], (i) => (i % 2 === 0 ? 1e37 : -1e37))],
    ['dense_2/bias', weight([10], () => 0)],
  ]);
  writeFileSync(path.join(cwd, 'steep.safetensors'), Buffer.concat(encodeSafeTensors(weights)));
  const start = ['train', '--model', 'steep.json', '--weights', 'steep.safetensors', '--data', 'synthetic'];
  const { code, stdout, stderr } = await runCli(
    [...start, '--validation', 'none', '--limit', '64', '--device', 'cpu-js', '--json'],
    {
      cwd,
    },
  );
  expect(code, stderr).toBe(6);
  // It came as far as the epoch's end.
  expect(parsed(stdout).some(({ event }) => event === 'epoch_end')).toBe(true);
  expect(readdirSync(path.join(cwd, 'runs', 'latest', 'checkpoints'))).not.toContain('best.safetensors');
});
