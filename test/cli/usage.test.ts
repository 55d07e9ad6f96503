import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventLineSchema } from '../../src/training/contracts/events.js';
import { runCli } from '../helpers/cli.js';
import { FMNIST } from '../helpers/installed.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

describe('a command line that is wrong', () => {
  it.each([
    ['an unknown command', ['sumary'], 'there is no command "sumary". Did you mean "summary"?'],
    ['an unknown flag', ['summary', '--modle', 'conv'], 'there is no flag --modle. Did you mean --model?'],
    ['an unknown negated flag', ['summary', '--no-jsn'], 'there is no flag --no-jsn. Did you mean --json?'],
    [
      'a flag of other programs',
      ['train', '--no-color'],
      'there is no flag --no-color: colours follow the variables NO_COLOR',
    ],
    ['an unknown model', ['summary', '--model', 'vgg8'], 'there is no model "vgg8". Did you mean "vgg7"?'],
    ['a flag without its value', ['summary', '--model'], '--model needs a value'],
    ['a model without its flag', ['train', 'conv'], 'unexpected argument "conv". Did you mean --model conv?'],
    ['an argument too many', ['runs', 'prune', 'x'], 'unexpected argument "x"'],
    ['an argument missing', ['validate'], 'something is missing: fmnist validate <file>'],
    ['a flag missing', ['export', 'last'], '--format (keras, tfjs, saved-model, onnx, torch, safetensors, page) must'],
    ['a file missing', ['validate', 'nope.json'], 'there is no config file nope.json'],
    ['no command', ['--offline'], 'which command?'],
    [
      'a rate that is none',
      ['train', '--learning-rate', '0'],
      '--learning-rate must be a number above 0 and at most 100, but is 0',
    ],
    [
      'a schema that is none',
      ['schema', 'foo'],
      'the schema must be one of config, dataset, events, sweep, but is "foo"',
    ],
    ['two flags of which one goes', ['train', '--seeds', '2', '-r', 'last'], '--seeds and --resume do not go together'],
    ['a picture over a config', ['augment', '--png', 'net.json'], '--png net.json must end in .png'],
    ['a page over a config', ['report', '-o', 'net.json'], '--out net.json must end in .html'],
    [
      'a name that is taken',
      ['train', '--name', 'last'],
      '"last" cannot be the name of a run: it stands for the newest',
    ],
    ['a name too long', ['train', '--name', 'a'.repeat(201)], `"${'a'.repeat(97)}..." cannot be the name of a run`],
    [
      'no action',
      ['sweep', '--workers', '2'],
      'which action? fmnist sweep has: run, show, report, finish, plan, trial',
    ],
    ['an unknown action', ['runs', 'shwo'], 'fmnist runs has no "shwo". Did you mean "show"?'],
    ['a hostile flag', ['summary', '--__proto__.x', '1'], 'there is no flag'],
  ])('%s: exit code 2, one line that says what, and a hint, no stack', async (_what, args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const [error, hint, ...rest] = stderr.trimEnd().split('\n');
    expect(error).toContain(`error ${message}`);
    expect(hint).toMatch(/^try {3}\S/);
    expect(rest).toEqual([]);
  });
});

it('a warning and an error are broken between words where a window is narrow, and what is to be typed can be copied', async () => {
  const cwd = temporaryFolder();
  writeFileSync(path.join(cwd, 'net.json'), '{"name":"my net","layers":[{"type":"maxpool"}]}');
  const env = { FMNIST_EPOCH: '3' };
  const terminal = new Terminal(FMNIST, ['validate', 'net.json'], { columns: 40, rows: 24, cwd, env });
  expect((await terminal.finished()).exitCode).toBe(2);
  const [problems = '', hint = ''] = terminal.everything.join('\n').split(/^try {3}/m);
  expect(problems).toMatch(
    /^warning: no flag is set by\n {9}FMNIST_EPOCH\. Did you mean\n {9}"FMNIST_EPOCHS"\?\nerror /,
  );
  const piped = (await runCli(['validate', 'net.json'], { cwd, env })).stderr.split(/\s+/);
  for (const word of problems.trim().split(/\s+/)) expect(piped).toContain(word);
  expect(problems.split('\n').length).toBeGreaterThan(6);
  expect(hint.trimEnd()).toMatch(/^See all layers and keys [\s\S]*:\n {6}fmnist schema config$/);
});

it('a short flag takes its value with or without a space', async () => {
  const [spaced, joined] = await Promise.all(
    [['-m', 'mlp-mesh'], ['-mmlp-mesh']].map((args) => runCli(['summary', ...args])),
  );
  expect(joined).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no model "mlp-mesh"') });
  expect(joined?.stderr).toBe(spaced?.stderr);
});

it('NO_COLOR is obeyed, and a terminal that does not know its width is drawn on all the same', async () => {
  const lines = 'stty cols 0; for c in "summary -m conv" "--help" "runs show nope"; do "$0" "$1" $c; done';
  const terminal = new Terminal('bash', ['-c', lines, process.execPath, FMNIST], {
    ...{ columns: 80, rows: 24, cwd: temporaryFolder(), env: { NO_COLOR: '1' } },
  });
  await terminal.finished();
  expect(terminal.output).toMatch(/Model: conv[\s\S]*Examples:[\s\S]*error there is no run "nope"/);
  expect(terminal.output).not.toContain('\u001b[');
});

describe('a flag that would do nothing', () => {
  it.each([
    [['train', '--json-steps'], '--json-steps has no effect: it adds lines to those of --json'],
    [['train', '--validation', 'none', '--validation-split', '0.5'], '--validation-split has no effect'],
    [['train', '--device', 'wasm', '--threads', '2'], '--threads has no effect: only native TensorFlow'],
    [['setup', '--check', '--force'], '--force has no effect: --check builds nothing'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toContain(`error ${message}`);
  });

  it('is warned of where only the command finds out: a folder of data that are in the cache already', async () => {
    const { code, stdout, stderr } = await runCli(['data', '--data-dir', temporaryFolder(), '--json']);
    expect(code).toBe(0);
    const { source } = JSON.parse(stdout);
    expect(stderr).toContain(`warning: --data-dir has no effect: the files came from the ${source}\n`);
  });

  it('is no reason to stop when a variable sets it', async () => {
    const { code, stderr } = await runCli(['train', '--model', 'nothing'], { env: { FMNIST_JSON_STEPS: '1' } });
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no model "nothing"')]);
  });
});

describe('what fails with --json', () => {
  it.each([
    [['evaluate', 'nothing', '--json'], 3, 'there is no run "nothing"'],
    [['train', '--json', '--model', 'nothing'], 2, 'there is no model "nothing"'],
    [['summary', '--json', '--modle', 'conv'], 2, 'there is no flag --modle'],
    [['runs', 'show', '--json'], 3, 'there is no run in'],
  ])('%j says so in one line of JSON on stdout too', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await runCli(args, { cwd: temporaryFolder() });
    expect(code).toBe(exitCode);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const line = eventLineSchema.parse(JSON.parse(stdout));
    expect(line).toMatchObject({ v: 1, event: 'error', exitCode, message: expect.stringContaining(message) });
    expect(stderr).toContain(message);
  });

  it('and has printed its own document prints no second one', async () => {
    const { code, stdout } = await runCli(['setup', '--check', '--json'], {
      env: { XDG_CACHE_HOME: temporaryFolder() },
    });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ ready: false });
  });
});

describe('FMNIST_* variables', () => {
  it('stand for flags, and flags go over them', async () => {
    const env = { FMNIST_MODEL: 'conv', FMNIST_JSON: '1' };
    const fromEnv = await runCli(['summary'], { env });
    expect(JSON.parse(fromEnv.stdout).name).toBe('conv');
    const fromFlag = await runCli(['summary', '--model', 'vgg7'], { env });
    expect(JSON.parse(fromFlag.stdout).name).toBe('vgg7');
  });

  it('of other commands, and empty ones, do not disturb', async () => {
    const { code } = await runCli(['summary'], { env: { FMNIST_EPOCHS: '3', FMNIST_MODEL: '', FMNIST_ODD: 'x' } });
    expect(code).toBe(0);
  });

  it('that no flag takes are blamed by their own names, unless a flag goes over them', async () => {
    const env = { FMNIST_EPOCHS: 'abc' };
    const blamed = await runCli(['train', '--model', 'nothing'], { env });
    expect(blamed.code).toBe(2);
    expect(blamed.stderr).toContain('FMNIST_EPOCHS must be a whole number from 1 to 100000, but is "abc"');
    expect((await runCli(['train', '--epochs', '3', '--model', 'nothing'], { env })).stderr).toContain('no model');
  });

  it('that set nothing are told, with what was perhaps meant', async () => {
    const { code, stdout, stderr } = await runCli(['summary', '--json'], { env: { FMNIST_EPOCH: '3' } });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).name).toBe('conv-pool');
    expect(stderr).toBe('warning: no flag is set by FMNIST_EPOCH. Did you mean "FMNIST_EPOCHS"?\n');
  });

  it('that are no switch say so', async () => {
    const { code, stderr } = await runCli(['summary'], { env: { FMNIST_JSON: 'maybe' } });
    expect(code).toBe(2);
    expect(stderr).toContain('FMNIST_JSON must be 1 or 0, but is "maybe"');
  });
});

describe('--help', () => {
  it('lists every command, and each command’s help has two examples', async () => {
    const { stdout, code } = await runCli(['--help'], { env: { COLUMNS: '100' } });
    expect(code).toBe(0);
    const listed = stdout.split('Commands:')[1]?.split('\n\n')[0] ?? '';
    const commands = [...listed.matchAll(/^ {2}fmnist (\w[\w-]*)/gm)].map(([, name]) => name ?? '');
    const unique = [...new Set(commands)];
    expect(unique).toEqual(expect.arrayContaining(['summary', 'validate', 'completion']));
    for (const command of unique) {
      const help = await runCli([command, '--help'], { env: { COLUMNS: '100' } });
      expect(help.code).toBe(0);
      const examples = help.stdout.split('Examples:')[1] ?? '';
      const lines = examples.split('\n').filter((line) => line.startsWith(`  fmnist ${command}`));
      expect(lines.length, `examples of ${command}`).toBeGreaterThanOrEqual(2);
    }
  });

  it('keeps to the width of the terminal: no word is broken, and a shell takes its examples', async () => {
    const { stdout } = await runCli(['train', '--help'], { env: { COLUMNS: '40' } });
    const lines = stdout.split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
    const wide = await runCli(['help', 'train'], { env: { COLUMNS: '110' } });
    // Examples and comments are marked where they go on.
    const words = (page: string) => page.split(/\s+/).filter((word) => !['#', '\\'].includes(word));
    expect(words(stdout)).toEqual(words(wide.stdout));
    expect(stdout.replaceAll(/ \\\n +/g, ' ')).toContain('\n  fmnist train -m conv --limit 2000 --epochs 1 --json\n');
  });
});

it('the help of an action is its own', async () => {
  const { code, stdout } = await runCli(['runs', 'rm', '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('fmnist runs rm [names..]');
  expect(stdout).toContain('--yes');
});

it('messages speak of what was typed: another name of an action, a file with its line, a rate', async () => {
  const cwd = temporaryFolder();
  const removing = await runCli(['runs', 'remove', 'x'], { cwd });
  expect([removing.code, removing.stderr]).toEqual([3, expect.stringContaining('there is no run "x" in runs')]);
  writeFileSync(path.join(cwd, 'net.json'), '{\n  "layers": [1,,]\n}');
  const broken = await runCli(['summary', '--config', 'net.json'], { cwd });
  expect([broken.code, broken.stderr]).toEqual([
    2,
    expect.stringMatching(/net\.json is not JSON: .* at line 2, column \d+/),
  ]);
  const rate = await runCli(['train', '--learning-rate', 'fast'], { cwd });
  expect(rate.stderr).toContain('--learning-rate must be a number above 0 and at most 100, but is "fast"');
});

it('one epoch is one, and its checkpoint is of no step of a second one', async () => {
  const summary = path.join(temporaryFolder(), 'summary.md');
  const flags = ['train', '--data', 'synthetic', '--limit', '64', '--epochs', '1', '--device', 'wasm'];
  const { stdout } = await runCli(flags, { cwd: temporaryFolder(), env: { GITHUB_STEP_SUMMARY: summary } });
  const page = readFileSync(summary, 'utf8');
  expect(page).toMatch(/\*\*completed\*\* after 1 epoch in/);
  expect(stdout + page).not.toMatch(/1 epochs|epoch 2|step 0/);
});

it('the name alone shows what there is', async () => {
  const { code, stdout, stderr } = await runCli([]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe((await runCli(['--help'])).stdout);
});

it('--version, -V and --json say the same', async () => {
  const text = (await runCli(['--version'])).stdout;
  expect((await runCli(['-V'])).stdout).toBe(text);
  const { fmnist, node, engines } = JSON.parse((await runCli(['--version', '--json'])).stdout);
  expect(text).toContain(`fmnist ${fmnist}\nnode ${node} `);
  expect(text.split('\n').filter((line) => line.startsWith('engine TensorFlow'))).toHaveLength(engines.length);
});

it('--version names the tool, Node and the engine', async () => {
  const { code, stdout } = await runCli(['--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^fmnist \d+\.\d+\.\d+\nnode \d+\..*\nengine \S/);
});

it('a reader that goes away is no error', async () => {
  const { execFile } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const bin = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));
  const script = `set -o pipefail; ${process.execPath} ${bin} summary --model vgg19 | head -c 1 > /dev/null; echo "\${PIPESTATUS[0]}"`;
  const output = await new Promise<string>((resolve, reject) => {
    execFile('bash', ['-c', script], (error, stdout, stderr) => (error ? reject(error) : resolve(stdout + stderr)));
  });
  expect(output).toBe('0\n');
});
