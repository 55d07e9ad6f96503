import { beforeAll, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { hasTool } from '../helpers/tools.js';

beforeAll(nativeBinding);

const FLAGS = ['train', '--model', 'conv-pool', '--data', 'synthetic', '--limit', '64', '--epochs', '1'];

it.skipIf(hasTool(/^nvidia-smi$/))(
  'a machine without a GPU is nothing to be warned of, nor is a faster precision',
  async () => {
    const { code, stdout, stderr } = await runCli([...FLAGS, '--json'], { cwd: temporaryFolder() });
    expect(code).toBe(0);
    expect(stdout).not.toContain('"event":"warning"');
    // What is not Fashion-MNIST is told in any case.
    expect(stderr.match(/warning: .*/g)).toEqual([expect.stringContaining('SYNTHETIC DATA')]);
  },
);

it('-q prints the result alone', async () => {
  const { code, stdout, stderr } = await runCli([...FLAGS, '-q'], { cwd: temporaryFolder() });
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\[.*?\] /, ''));
  expect(lines).toEqual([
    expect.stringMatching(/^warning: SYNTHETIC DATA/),
    expect.stringMatching(/^test loss=/),
    expect.stringMatching(/^completed epochs=1/),
    expect.stringMatching(/^next: fmnist runs show /),
  ]);
});
