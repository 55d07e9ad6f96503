import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { memoryGroup } from '../helpers/memory-group.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
const TRAIN = ['train', '--data', 'synthetic', '--epochs', '1', '--device', 'cpu'];
const SMALL = [...TRAIN, '--model', 'conv-pool', '--limit', '64'];
const LARGE = [...TRAIN, '--model', 'vgg7', '--limit', '2000'];

function run(cwd: string, command: readonly string[], args: readonly string[]) {
  const [program = '', ...words] = [...command, process.execPath, BIN, ...args];
  // This process has loaded TensorFlow, which leaves its variables.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:FMNIST|TF)_/.test(name)));
  return spawnSync(program, words, { cwd, env, encoding: 'utf8' });
}

const limited = (flag: string, limit: number) => ['bash', '-c', `ulimit ${flag} ${limit} && exec "$@"`, 'bash'];

describe.runIf(process.platform === 'linux')('a limit of the system is told in one line', () => {
  test.each([
    ['too few addresses for TensorFlow (ulimit -v)', '-v', 1_500_000, SMALL, 5, /there is not enough memory to load/],
    [
      'too few for a step',
      '-v',
      3_000_000,
      [...LARGE, '--batch-size', '1024'],
      5,
      /a training step of 1024 images needs/,
    ],
    ['too few files (ulimit -n)', '-n', 24, SMALL, 1, /too many files are open/],
    ['files too small (ulimit -f)', '-f', 1000, SMALL, 3, /nothing can be saved any more: .*EFBIG/],
  ] as const)('%s', (_, flag, limit, args, code, message) => {
    const { status, stderr } = run(temporaryFolder(), limited(flag, limit), args);
    expect(status, stderr).toBe(code);
    expect(stderr).toMatch(new RegExp(`^error ${message.source}.*\ntry .*\n$`));
  });

  test('a run whose test cannot be kept has not completed: it says so, and tests again when it is gone on with', () => {
    const cwd = temporaryFolder();
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
    // Its weights take 31 KB, what the test says of 3,000 images takes more than 64.
    const config = { name: 'brief', layers, optimizer: { type: 'sgd' }, training: { epochs: 1, batchSize: 64 } };
    writeFileSync(path.join(cwd, 'brief.json'), JSON.stringify(config));
    const args = ['train', '--model', 'brief.json', '--device', 'cpu', '--limit', '3000', '--json'];
    const full = run(cwd, limited('-f', 64), args);
    expect(full.status, full.stderr).toBe(3);
    expect(full.stderr).toMatch(
      /^error the end of the run is not kept: could not write predictions.*EFBIG.*\ntry .*--resume /m,
    );
    expect(JSON.parse(full.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      event: 'run_end',
      status: 'failed',
      exitCode: 3,
      testAccuracy: expect.any(Number),
    });
    expect(readFileSync(path.join(cwd, 'runs', 'latest', 'log.txt'), 'utf8')).not.toContain('end: completed');

    const resumed = run(cwd, [], ['train', '--resume', 'last', '--device', 'cpu', '--json']);
    expect(resumed.status, resumed.stderr).toBe(0);
    const { stdout } = run(cwd, [], ['runs', 'show', 'last', '--json']);
    expect(JSON.parse(stdout).summary).toMatchObject({ status: 'completed', testAccuracy: expect.any(Number) });
  });

  test('a run that is killed, since its group has no memory left, says so when it is gone on with', async (context) => {
    const cwd = temporaryFolder();
    const group = memoryGroup(context, 700);
    const { status, signal } = run(cwd, group, [...LARGE, '--batch-size', '512']);
    expect([status, signal]).toEqual([null, 'SIGKILL']);
    expect(readdirSync(path.join(cwd, 'runs', 'latest', 'checkpoints'))).toEqual(['last.safetensors']);
    const resumed = await runCli(['train', '--resume', 'last', '--device', 'cpu', '--json'], {
      cwd,
      onStdout: (stdout, child) => {
        if (stdout.includes('probably since memory was full')) child.kill('SIGKILL');
      },
    });
    expect(resumed.stdout).toMatch(/"event":"warning","message":"the run was killed, probably since memory was full"/);
  });
});
