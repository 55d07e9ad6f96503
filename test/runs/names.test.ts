import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FmnistError } from '../../src/errors.js';
import { createNamedRunFolder, createRunFolder } from '../../src/runs/directory.js';
import { findRun, listRunNames, newRunName, pointLatest } from '../../src/runs/names.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

function runsWith(...names: string[]): string {
  const runsDir = path.join(temporaryFolder(), 'runs');
  mkdirSync(runsDir);
  for (const name of names) addRun(path.join(runsDir, name));
  return runsDir;
}
function addRun(folder: string): string {
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'config.json'), '{}');
  return folder;
}

describe('run names', () => {
  it('tell when and what', () => {
    expect(newRunName('vgg7', new Date(2026, 10, 24, 9, 12), '3f2a')).toBe('2026-11-24T0912-vgg7-3f2a');
  });

  it('of runs started at the same moment differ, even when chance repeats itself', async () => {
    const runsDir = runsWith();
    const suffixes = ['aaaa', 'aaaa', 'aaaa', 'bbbb'];
    const create = () => createRunFolder(runsDir, 'conv', new Date(), () => suffixes.shift() ?? 'cccc');
    const folders = await Promise.all([create(), create(), create()]);
    expect(new Set(folders).size).toBe(3);
  });

  it('that are there already are named to go on with, and a file in place of the folder is called one', async () => {
    const runsDir = runsWith('mine');
    await expect(createNamedRunFolder(runsDir, 'mine')).rejects.toMatchObject({
      hint: 'Choose another name, or go on with that run: --resume mine',
    });
    const file = path.join(runsDir, 'mine/config.json');
    for (const use of [() => createNamedRunFolder(file, 'x'), () => listRunNames(file)]) {
      await expect(use()).rejects.toThrow(/: it is a file, not a folder$/);
    }
  });

  it('stay in the runs folder whatever the model is called', async () => {
    const runsDir = runsWith();
    for (const model of ['../../x', '/etc/passwd', 'a\0b', '..', '', 'x'.repeat(5000), '-rf', 'a\nb']) {
      const folder = await createRunFolder(runsDir, model, new Date());
      expect(path.dirname(folder)).toBe(runsDir);
    }
  });
});

describe('finding a run', () => {
  const first = '2026-11-24T0912-vgg7-3f2a';
  const second = '2026-11-24T0915-conv-77aa';

  it('takes its name, its beginning, its suffix, its path, or last', async () => {
    const runsDir = runsWith(first, second);
    await pointLatest(runsDir, first);
    expect(readlinkSync(path.join(runsDir, 'latest'))).toBe(first);
    for (const name of [
      first,
      '2026-11-24T0912',
      '3f2a',
      path.join(runsDir, first),
      path.join(runsDir, 'latest'),
      'last',
      'latest',
    ]) {
      expect(await findRun(runsDir, name)).toBe(path.join(runsDir, first));
    }
  });

  it('takes the newest for last where nothing points to it, or something points astray', async () => {
    const runsDir = runsWith(first, second);
    expect(await findRun(runsDir, 'last')).toBe(path.join(runsDir, second));
    symlinkSync('/etc', path.join(runsDir, 'latest'));
    expect(await findRun(runsDir, 'last')).toBe(path.join(runsDir, second));
    await pointLatest(runsDir, first);
    expect(await findRun(runsDir, 'last')).toBe(path.join(runsDir, first));
  });

  it('asks for more where several fit, and suggests where none does', async () => {
    const runsDir = runsWith(first, second);
    await expect(findRun(runsDir, '2026')).rejects.toThrow('could be 2 runs');
    await expect(findRun(runsDir, '2026-11-24T0912-vgg7-3f2b')).rejects.toThrow(`Did you mean "${first}"?`);
    await expect(findRun(path.join(runsDir, 'none'), 'last')).rejects.toThrow('there is no run in');
  });

  it('of a path inside a run, or of one elsewhere, says what to type', async () => {
    const runsDir = runsWith(first);
    const run = path.join(runsDir, first);
    mkdirSync(path.join(run, 'checkpoints'));
    const refusal = (folder: string, name: string) => findRun(folder, name).catch((error: unknown) => error);
    expect(await refusal(runsDir, path.join(run, 'checkpoints/last.safetensors'))).toMatchObject({
      message: expect.stringMatching(/last\.safetensors lies in a run, and is none itself$/),
      hint: `Name the run: ${path.relative('', run)}`,
    });
    const other = runsWith();
    expect(await refusal(other, run)).toMatchObject({ hint: expect.stringMatching(`: --runs-dir ${runsDir}$`) });
    expect(await refusal(other, path.join(runsDir, 'none/checkpoints'))).toMatchObject({
      message: expect.stringMatching(/^there is no run /),
      hint: expect.stringMatching(/^List them with/),
    });
  });

  it.each(['../outside', '../../etc', '/etc', 'a\0b', 'x'.repeat(100_000), '.', '..', '', 'link', './link', '~', '*'])(
    'refuses %j',
    async (name) => {
      const runsDir = runsWith(first);
      addRun(path.join(runsDir, '../outside'));
      symlinkSync('../outside', path.join(runsDir, 'link'));
      const error = await findRun(runsDir, name).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(FmnistError);
      expect((error as FmnistError).message.length).toBeLessThan(400);
      expect(await listRunNames(runsDir)).toEqual([first]);
    },
  );

  it('never leads out of the runs folder', async () => {
    const runsDir = runsWith(first, second);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[./\\a-z0-9-]*$/)), async (name) => {
        const found = await findRun(runsDir, name).catch((error: unknown) => error);
        if (typeof found === 'string') expect(path.dirname(found)).toBe(runsDir);
        else expect(found).toBeInstanceOf(FmnistError);
      }),
      { numRuns: 300 },
    );
  });
});
