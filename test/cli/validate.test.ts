import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

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

it('every bundled config is valid', async () => {
  for (const name of ['conv', 'conv-pool', 'vgg7', 'vgg19']) {
    expect((await runCli(['validate', name], { cwd })).code).toBe(0);
  }
});
