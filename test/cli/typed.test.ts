import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { calledAs } from '../../src/called-as.js';
import { runCli } from '../helpers/cli.js';
import { FMNIST, SCRIPT } from '../helpers/installed.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

// What is printed to be typed next is typed here as it is, in bash.

const layers = [{ type: 'flatten' }, { type: 'dense', activation: 'softmax' }];
const SMALL = ['--config', 'net.json', '--data', 'synthetic', '--limit', '64', '--device', 'wasm'];
const FEW = ['train', '--epochs', '1', ...SMALL];

/** A folder with a config of few weights. */
function workplace(): string {
  const cwd = temporaryFolder();
  writeFileSync(path.join(cwd, 'net.json'), JSON.stringify({ name: 'my-net', layers }));
  return cwd;
}

/** This machine without the installed program: only the script of the clone is there. */
const inClone = {
  script: SCRIPT,
  env: { PATH: (process.env.PATH ?? '').replace(`${path.dirname(FMNIST)}${path.delimiter}`, '') },
};

/** The command after `next:`, `with:` or `try`, as a person would read it. */
function printed(output: string): string {
  const command = /(?:next:|^try) +(?:.*: )?(.+)$/m.exec(output)?.[1];
  if (command === undefined) throw new Error(`no command in:\n${output}`);
  return command;
}

function type(command: string, cwd: string, env = {}): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? 1), output: stdout + stderr }),
    );
  });
}

describe('a command that is printed works as typed', () => {
  it('where the script of a clone was called, and in a runs folder of a difficult name', async () => {
    const cwd = workplace();
    const trained = await runCli([...FEW, '--runs-dir', "ada's runs"], { cwd, ...inClone });
    expect(trained.code).toBe(0);
    expect(printed(trained.stdout)).toMatch(/^\S*bin\/fmnist\.js runs show .* --runs-dir 'ada'\\''s runs'$/);
    const shown = await type(printed(trained.stdout), cwd, inClone.env);
    expect(shown.code).toBe(0);
    expect(printed(shown.output)).toMatch(/^\S*bin\/fmnist\.js evaluate .* --runs-dir 'ada'\\''s runs'$/);
    expect((await type(`${printed(shown.output)} --device wasm`, cwd, inClone.env)).code).toBe(0);
    const listed = await runCli(['runs', '--runs-dir', "ada's runs"], { cwd, ...inClone });
    expect((await type(printed(listed.stdout), cwd, inClone.env)).code).toBe(0);
  });

  it('where there is no run yet, or none of that name', async () => {
    const cwd = workplace();
    const none = await runCli(['runs', 'show', '--runs-dir', 'r1'], { cwd });
    expect([none.code, printed(none.stderr)]).toEqual([3, 'fmnist train --runs-dir r1']);
    expect((await type(`${printed(none.stderr)} ${FEW.slice(1).join(' ')}`, cwd)).code).toBe(0);
    const misspelt = await runCli(['runs', 'show', 'nope', '--runs-dir', 'r1'], { cwd });
    expect([misspelt.code, printed(misspelt.stderr)]).toEqual([3, 'fmnist runs --runs-dir r1']);
    expect((await type(printed(misspelt.stderr), cwd)).code).toBe(0);
  });

  it('for a run elsewhere, named by its path or as the latest', async () => {
    const cwd = workplace();
    await runCli([...FEW, '--runs-dir', 'elsewhere/runs', '--name', 'first'], { cwd });
    for (const name of ['elsewhere/runs/first', path.join(cwd, 'elsewhere/runs/first'), 'elsewhere/runs/latest']) {
      const shown = await runCli(['runs', 'show', name], { cwd });
      expect([name, shown.code]).toEqual([name, 0]);
      expect(printed(shown.stdout)).toBe('fmnist evaluate first --runs-dir elsewhere/runs');
    }
    // In a window where it has no room, in lines that a shell takes for one.
    const narrow = new Terminal(FMNIST, ['runs', 'show', 'elsewhere/runs/latest'], { columns: 40, rows: 24, cwd });
    await narrow.finished();
    const [, command = ''] = /^next: (fmnist [\s\S]+)$/m.exec(narrow.everything.join('\n')) ?? [];
    expect([command.includes('\n'), narrow.wrapped]).toEqual([true, false]);
    const typed = await type(`${command} --device wasm --json`, cwd);
    expect([typed.code, typed.output]).toEqual([0, expect.stringContaining('"testAccuracy"')]);
  });

  it('to go on with a run that was stopped, on the device that it began on', async () => {
    const cwd = workplace();
    let told = false;
    const stopped = await runCli(['train', '--epochs', '40', ...SMALL, '--checkpoint-minutes', '9'], {
      cwd,
      onStdout: (stdout, child) => {
        // A second Ctrl-C would quit at once.
        if (!told && stdout.includes('epoch 1/')) told = child.kill('SIGINT');
      },
    });
    expect(stopped.code).toBe(130);
    const next = printed(stopped.stdout);
    expect(next).toMatch(/^fmnist train --resume \S+ --device wasm --checkpoint-minutes 9$/);
    const resumed = await type(`${next} -q`, cwd);
    expect([resumed.code, resumed.output]).toEqual([0, expect.stringContaining('completed epochs=40')]);
    const done = await type(next, cwd);
    expect(done.output).toMatch(/nothing is left to train, and .*: all 40 epochs are trained\. .*: --epochs 80$/m);
    expect([done.code, done.output]).toEqual([0, expect.not.stringMatching(/resumed epoch=|sums may differ/)]);
  });

  it('to train with the suggested learning rate, with the model and settings that it was found for', async () => {
    const cwd = workplace();
    const choice = ['--config', 'net.json', '--set', 'optimizer.type=sgd', '--data', 'synthetic', '--device', 'wasm'];
    const found = await runCli(['find-lr', ...choice, '--steps', '40'], { cwd });
    const next = printed(found.stdout);
    expect(next).toMatch(/^fmnist train --config net\.json --set optimizer\.type=sgd .*--learning-rate [\d.e-]+$/);
    expect((await type(`${next} --epochs 1 --limit 64`, cwd)).code).toBe(0);
  });

  it('in the hint of a line that is wrong', async () => {
    const cwd = workplace();
    const wrong = await runCli(['train', '--epoch', '3'], { cwd, ...inClone });
    expect((await type(printed(wrong.stderr), cwd, inClone.env)).code).toBe(0);
  });
});

describe('the program is called', () => {
  const cwd = path.dirname(path.dirname(SCRIPT));

  it('by its name where the PATH has it, however it was called', () => {
    const env = { PATH: path.dirname(FMNIST) };
    expect(calledAs({ script: FMNIST, cwd, env })).toBe('fmnist');
    expect(calledAs({ script: SCRIPT, cwd, env })).toBe('fmnist');
  });

  it('by the path of its script elsewhere, the shorter one', () => {
    const env = { PATH: '/usr/bin' };
    expect(calledAs({ script: SCRIPT, cwd, env })).toBe('bin/fmnist.js');
    expect(calledAs({ script: SCRIPT, cwd: path.join(cwd, 'bin'), env })).toBe('./fmnist.js');
    expect(calledAs({ script: '/clone/bin/fmnist.js', cwd: '/home/ada/deep/in', env })).toBe('/clone/bin/fmnist.js');
  });
});
