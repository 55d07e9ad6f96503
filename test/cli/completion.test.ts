import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path, { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const bin = temporaryFolder();
const cli = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
writeFileSync(join(bin, 'fmnist'), `#!/bin/sh\nexec ${process.execPath} ${cli} "$@"\n`);
chmodSync(join(bin, 'fmnist'), 0o755);

/** What bash would offer after these words, by the script that the tool prints. */
async function bashOffers(...words: string[]): Promise<string[]> {
  const { stdout } = await runCli(['completion', 'bash']);
  const script = join(bin, 'completion.bash');
  writeFileSync(script, stdout);
  const program = `source "${script}"; shift 0; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fmnist_completions; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  return execFileSync('bash', ['-c', program, 'bash', ...words], { env, encoding: 'utf8' })
    .trim()
    .split('\n');
}

it('completes commands, flags and model names in bash', async () => {
  expect(await bashOffers('fmnist', 'summ')).toEqual(['summary']);
  expect(await bashOffers('fmnist', 'summary', '--mo')).toEqual(['--model']);
  expect(await bashOffers('fmnist', 'summary', '--model', 'vgg')).toEqual(['vgg19', 'vgg7']);
  expect(await bashOffers('fmnist', 'validate', 'vgg')).toEqual(['vgg19', 'vgg7']);
});

it('completes the values of a flag, not other flags, and nothing where a file is wanted', async () => {
  const devices = ['auto', 'gpu', 'cpu', 'webgpu', 'wasm', 'cpu-js'];
  expect(await bashOffers('fmnist', 'train', '--device', '')).toEqual(devices);
  expect(await bashOffers('fmnist', 'train', '--device', '=', 'w')).toEqual(['webgpu', 'wasm']);
  expect(await bashOffers('fmnist', 'evaluate', 'last', '--checkpoint', '')).toEqual(['last', 'best']);
  expect(await bashOffers('fmnist', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
  expect(await bashOffers('fmnist', 'summary', '--config', '')).toEqual(['']);
  expect(await bashOffers('fmnist', 'summary', '--json', '--')).not.toContain('--json');
  expect(await bashOffers('fmnist', 'validate', '-')).toContain('--json');
});

it('completes what runs can do, and the names of runs wherever one is wanted', async () => {
  expect(await bashOffers('fmnist', 'runs', '')).toEqual(['list', 'show', 'compare', 'label', 'rm', 'prune']);
  const runsDir = path.join(temporaryFolder(), 'my runs');
  const conv = await recordRun(runsDir, { name: 'conv' });
  const vgg = await recordRun(runsDir, { name: 'vgg7' });
  const there = ['--runs-dir', runsDir];
  const newestFirst = [conv, vgg].sort().reverse();
  expect(await bashOffers('fmnist', 'runs', ...there, 'show', '')).toEqual(['last', ...newestFirst]);
  expect(await bashOffers('fmnist', 'runs', 'compare', ...there, conv, '')).toEqual(['last', vgg]);
  expect(await bashOffers('fmnist', 'evaluate', ...there, vgg.slice(0, -1))).toEqual([vgg]);
  expect(await bashOffers('fmnist', 'train', ...there, '-r', conv)).toEqual([conv]);
});

it('says to zsh and fish what each is', async () => {
  const asked = ['--get-yargs-completions', 'fmnist', 'train', '--shuf'];
  const { stdout } = await runCli(asked, { env: { SHELL: 'zsh' } });
  expect(stdout).toBe('--shuffle:Shuffle each epoch; --no-shuffle keeps the order of the files\n');
});

it('has a script for zsh and fish too, by argument or by $SHELL', async () => {
  expect((await runCli(['completion', 'zsh'])).stdout).toMatch(/^#compdef fmnist/);
  expect((await runCli(['completion'], { env: { SHELL: '/usr/bin/fish' } })).stdout).toContain('complete -c fmnist');
});

it('an unknown shell is a usage error', async () => {
  const { code, stderr } = await runCli(['completion', 'fisch']);
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean "fish"?');
});
