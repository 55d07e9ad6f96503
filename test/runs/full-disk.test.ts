import { beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { smallDisk } from '../helpers/small-disk.js';

beforeAll(nativeBinding);

test('a disk that fills up: training goes on, but fails rather than lose its end; with room again the run goes on', async (context) => {
  // A checkpoint has 2.9 MB: the first one fits, a second beside it does not.
  const disk = smallDisk(context, 6);
  const flags = ['train', '--device', 'cpu', '--runs-dir', `${disk.folder}/runs`];
  const full = await runCli([...flags, '--model', 'conv-pool', '--limit', '400', '--epochs', '2']);
  expect(full.code).toBe(3);
  expect(full.stdout).toMatch(/warning: could not write checkpoints\/last\.safetensors .*ENOSPC.* Training goes on/);
  expect(full.stdout).toContain('epoch 2/2');
  expect(full.stderr).toMatch(/^error nothing can be saved any more: .*ENOSPC.*\ntry {3}Make room there/);

  disk.grow(40);
  const resumed = await runCli([...flags, '--resume', 'last']);
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toContain('epoch 2/2');
});
