import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeSafeTensors, encodeSafeTensors } from '../../src/runs/safetensors.js';
import { runCli } from '../helpers/cli.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { studyFolder } from '../helpers/sweeps.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
/** Deeper than any stack, and still within what is read of a file. */
const DEEP = deep(400_000);

/** One line that says what and where, and what to do. */
const ONE_LINE = /^error [^\n]{1,300}\n(?: {2}• [^\n]{1,300}\n)*try {3}[^\n]+\n$/;

describe('a checkpoint whose checksum is right, and whose state is', () => {
  const cwd = temporaryFolder();
  const runsDir = path.join(cwd, 'runs');
  let run = '';
  beforeAll(async () => {
    run = await recordRun(runsDir, { name: 'honest' });
  });

  test.each([
    ['nested without end', () => DEEP],
    ['an epoch nested without end', (state: string) => state.replace(/"epoch":\d+/, `"epoch":${DEEP}`)],
    ['no JSON', () => '{"epoch":'],
    ['no text at all', () => ''],
  ])('%s is refused by whoever reads it', async (_, forge) => {
    const name = path.join('runs', 'forged');
    rmSync(path.join(cwd, name), { recursive: true, force: true });
    cpSync(path.join(runsDir, run), path.join(cwd, name), { recursive: true });
    const file = path.join(cwd, name, 'checkpoints', 'last.safetensors');
    const { tensors, metadata } = decodeSafeTensors(readFileSync(file), file);
    const state = forge(metadata.get('state') ?? '');
    const hash = createHash('sha256');
    hash.update(JSON.stringify([state, [...tensors].map(([tensor, { shape }]) => [tensor, shape])]));
    for (const { data } of tensors.values()) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const forged = new Map([...metadata, ['state', state], ['sha256', hash.digest('hex')]]);
    writeFileSync(file, Buffer.concat(encodeSafeTensors(tensors, forged)));
    const readers = [
      ['evaluate', 'forged', '--data', 'synthetic', '--device', 'cpu-js'],
      ['train', '--resume', 'forged', '--device', 'cpu-js'],
      ['export', 'forged', '--format', 'safetensors'],
    ];
    for (const { code, stderr } of await Promise.all(readers.map((args) => runCli(args, { cwd })))) {
      expect([code, stderr]).toEqual([3, expect.stringMatching(ONE_LINE)]);
      expect(stderr).toContain('last.safetensors');
    }
  });
});

describe('a record nested without end', () => {
  test.each(['config.json', 'summary.json'])('of a run (%s) is told in one line', async (file) => {
    const cwd = temporaryFolder();
    const run = await recordRun(path.join(cwd, 'runs'), { name: 'deep' });
    writeFileSync(path.join(cwd, 'runs', run, file), `{"config":${DEEP}}`);
    const readers = [['runs'], ['runs', 'show', run], ['report', run, '--out', 'x.html']];
    for (const { code, stdout, stderr } of await Promise.all(readers.map((args) => runCli(args, { cwd })))) {
      expect([0, 3], stderr).toContain(code);
      expect(stdout + stderr).toMatch(/nested more than|needs attention|damaged|cannot be trusted/);
      expect(stdout + stderr).not.toMatch(/call stack|at .*\.js:/);
    }
  });

  test('of a sweep is told in one line', async () => {
    const cwd = studyFolder({ data: 'synthetic', limit: 64, parameters: { 'optimizer.learningRate': [0.001, 0.01] } });
    const plan = await runCli(['sweep', 'plan', 'study.json'], { cwd });
    expect(plan.code, plan.stderr).toBe(0);
    const results = path.join(cwd, 'sweeps', 'study', 'results');
    mkdirSync(results, { recursive: true });
    const result = `{"v":1,"trial":0,"seed":0,"rung":0,"parameters":{"a":${DEEP}},"status":"completed"}`;
    writeFileSync(path.join(results, 'trial0000-seed0-rung0.json'), result);
    const shown = await runCli(['sweep', 'show', 'study'], { cwd });
    expect([shown.code, shown.stderr]).toEqual([3, expect.stringMatching(ONE_LINE)]);
  });
});
