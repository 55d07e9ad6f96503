import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { bundledModels } from '../../src/config/bundled.js';
import { runCli } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
const cwd = temporaryFolder();
const HEAD = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
writeFileSync(join(cwd, 'good.json'), JSON.stringify({ layers: HEAD }));
writeFileSync(
  join(cwd, 'bad.json'),
  JSON.stringify({ layers: [{ type: 'conv2d', filter: 3, kernelSize: 3 }, ...HEAD], training: { epochs: 0 } }),
);

it('says that a good config is valid', async () => {
  const { code, stdout } = await runCli(['validate', 'good.json'], { cwd });
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'good.json is valid: model "good", 2 layers, 7,850 parameters\n',
  });
});

it('lists every problem of a bad one and exits with 2', async () => {
  const { code, stdout, stderr } = await runCli(['validate', 'bad.json'], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  const [error, ...lines] = stderr.trimEnd().split('\n');
  expect(error).toBe('error config bad.json has 3 problems');
  expect(lines.slice(0, 3)).toEqual([
    '  • layers[0].filters: is missing; it must be a number',
    '  • layers[0].filter: unknown key. Did you mean "filters"?',
    '  • training.epochs: must be at least 1, but is 0',
  ]);
  expect(lines[3]).toMatch(/^try /);
});

it('says what a sweep is, and how it is trained', async () => {
  writeFileSync(join(cwd, 'study.json'), '{"model": "conv", "parameters": {"training.batchSize": [16, 32]}}');
  const { code, stderr } = await runCli(['validate', 'study.json'], { cwd });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'error study.json is a sweep, not a config\ntry   Train its trials: fmnist sweep run study.json\n',
  });
});

it('--json gives the same as one document on stdout', async () => {
  const good = await runCli(['validate', 'good.json', '--json'], { cwd });
  expect(JSON.parse(good.stdout)).toEqual({
    file: 'good.json',
    valid: true,
    name: 'good',
    layers: 2,
    parameters: 7850,
  });
  const bad = await runCli(['validate', 'bad.json', '--json'], { cwd });
  expect(bad.code).toBe(2);
  expect(JSON.parse(bad.stdout)).toMatchObject({ file: 'bad.json', valid: false });
  expect(JSON.parse(bad.stdout).problems).toHaveLength(3);
});

it('--set goes over the config, from its variable too, and is checked with it', async () => {
  const set = await runCli(['validate', 'good.json', '--set', 'name=other'], { cwd });
  expect([set.code, set.stdout]).toEqual([0, expect.stringContaining('model "other"')]);
  const bad = await runCli(['validate', 'good.json', '--json'], { cwd, env: { FMNIST_SET: 'layers.1.units=x' } });
  expect(bad.code).toBe(2);
  expect(JSON.parse(bad.stdout)).toMatchObject({
    valid: false,
    problems: ['layers[1].units: must be a number, but is "x"'],
  });
});

it('every bundled config is valid', async () => {
  const checked = await Promise.all(bundledModels().map((name) => runCli(['validate', name], { cwd })));
  expect(checked.map(({ code }) => code)).toEqual(bundledModels().map(() => 0));
});

it('takes a config from a pipe', async () => {
  const { code, stdout } = await inBash('cat good.json | fmnist validate - && fmnist summary --config - < good.json');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^standard input is valid: model "model", 2 layers[\s\S]*^Model: model$/m);
  const substituted = await inBash('fmnist validate <(cat good.json) && cat good.json | fmnist summary -c /dev/stdin');
  expect(substituted.code).toBe(0);
  const slow = await inBash(
    '{ sleep 1; cat good.json; } | fmnist summary --config - && (sleep 1; cat good.json) | fmnist validate -',
  );
  expect([slow.code, slow.stderr]).toEqual([0, '']);
  const broken = await inBash('echo "{" | fmnist validate -');
  expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining('standard input is not JSON')]);
});

it('gives its result although nobody reads its warnings any more', async () => {
  const { code, stdout } = await inBash(
    'exec 3> >(true); sleep 0.5; FMNIST_EPOCH=3 fmnist summary --config good.json --json 2>&3',
  );
  expect([code, JSON.parse(stdout).name]).toEqual([0, 'good']);
});

it('schema prints what may stand in a config, and where the file is', async () => {
  const printed = await runCli(['schema'], { cwd });
  expect(JSON.parse(printed.stdout).title).toBe('fmnist model config');
  const { stdout } = await runCli(['schema', '--path'], { cwd });
  expect(readFileSync(stdout.trim(), 'utf8')).toBe(printed.stdout);
  for (const name of ['events', 'dataset']) {
    expect(JSON.parse((await runCli(['schema', name], { cwd })).stdout).$schema).toContain('json-schema.org');
  }
});

/** A line of bash in the folder of the configs, with `fmnist` for the built command line. */
async function inBash(line: string) {
  const script = `fmnist() { "${process.execPath}" "${BIN}" "$@"; }; ${line}`;
  return promisify(execFile)('bash', ['-c', script], { cwd }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  );
}
