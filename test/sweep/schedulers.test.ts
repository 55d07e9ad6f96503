import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { pythonWith } from '../helpers/python.js';
import { startSlurm } from '../helpers/slurm.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { hasTool } from '../helpers/tools.js';

/** Three trials, of which the best goes on. */
const STUDY = {
  model: 'net.json',
  data: 'synthetic',
  limit: 96,
  parameters: { 'optimizer.learningRate': [0.001, 0.01, 0.1] },
  strategy: { type: 'halving' },
};
const NET = {
  layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
  training: { epochs: 3 },
};

beforeAll(nativeBinding);

/** The file for a scheduler. */
async function planned(scheduler: string): Promise<{ cwd: string; file: string; text: string }> {
  const cwd = temporaryFolder();
  writeFileSync(path.join(cwd, 'net.json'), JSON.stringify(NET));
  writeFileSync(path.join(cwd, 'study.json'), JSON.stringify(STUDY));
  const program = `${process.execPath} ${path.resolve('bin/fmnist.js')}`;
  const args = ['sweep', 'plan', 'study.json', '--for', scheduler, '--threads', '1', '--program', program];
  // A name with all that a shell could take for its own.
  const { code, stdout, stderr } = await runCli([...args, '--sweeps-dir', `it's "a" $HOME`], { cwd });
  expect(code, stderr).toBe(0);
  const file = path.join(cwd, 'plan');
  writeFileSync(file, stdout);
  return { cwd, file, text: stdout };
}

function resultsIn(cwd: string): Map<string, string> {
  const folder = path.join(cwd, `it's "a" $HOME`, 'study', 'results');
  return new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
  );
}

describe('what fmnist sweep plan writes', () => {
  it('for SLURM is taken by sbatch, and its array jobs train every rung; once more trains nothing', async (context) => {
    const slurm = await startSlurm();
    if (slurm === undefined) return context.skip('needs slurmctld, slurmd, munged and sbatch, and to be root');
    try {
      const { cwd, file } = await planned('slurm');
      const submit = (...args: string[]) =>
        spawnSync('bash', [file, ...args], { cwd, encoding: 'utf8', env: { ...process.env, ...slurm.env } });
      const tested = submit('--test-only');
      expect(tested.status, tested.stderr).toBe(0);
      expect(tested.stderr.match(/Job \d+ to start at/g)).toHaveLength(2);
      const submitted = submit();
      expect(submitted.status, submitted.stderr).toBe(0);
      expect(submitted.stdout).toMatch(/^submitted \d+ \d+\n$/);
      await slurm.drained();
      const results = resultsIn(cwd);
      const rungs = [...results.keys()].map((name) => /rung\d/.exec(name)?.[0]);
      expect(rungs.sort()).toEqual(['rung0', 'rung0', 'rung0', 'rung1']);
      expect(submit().status).toBe(0);
      await slurm.drained();
      expect(resultsIn(cwd)).toEqual(results);
    } finally {
      slurm.stop();
    }
  }, 300_000);

  it('for Kubernetes is valid by its schemas, which know its mistakes', async (context) => {
    const python = pythonWith({
      environment: 'kubernetes',
      install: { 'kubernetes-validate': '1.37.0' },
      imports: ['kubernetes_validate'],
    });
    if (python === undefined) return context.skip('needs Python with kubernetes-validate');
    const { file, text } = await planned('kubernetes');
    const validate = () => spawnSync(python, ['-m', 'kubernetes_validate', '--strict', file], { encoding: 'utf8' });
    expect(text.match(/^kind: Job$/gm)).toHaveLength(2);
    const valid = validate();
    expect(valid.status, valid.stdout + valid.stderr).toBe(0);
    writeFileSync(file, text.replace('backoffLimitPerIndex: 3', 'backoffLimitPerIndex: often'));
    expect(validate().status).not.toBe(0);
  }, 300_000);

  it.for(['slurm', 'shell'])('for %s has nothing that ShellCheck warns of', async (scheduler, context) => {
    if (!hasTool(/^shellcheck$/)) return context.skip('needs shellcheck');
    const { file } = await planned(scheduler);
    const { status, stdout } = spawnSync('shellcheck', ['--severity=warning', file], { encoding: 'utf8' });
    expect(status, stdout).toBe(0);
  });
});
