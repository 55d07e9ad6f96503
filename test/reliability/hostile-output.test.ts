import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { decodeSafeTensors, encodeSafeTensors } from '../../src/runs/safetensors.js';
import { runCli } from '../helpers/cli.js';
import { nativeBinding } from '../helpers/engine.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { Terminal } from '../helpers/terminal.js';

beforeAll(nativeBinding);

const BIN = fileURLToPath(new URL('../../bin/fmnist.js', import.meta.url));

/** A window title, a C1 one, a clear screen, a colour, text that runs backwards, and a return to the line's start. */
const EVIL = '\u001b]0;OWNED\u0007\u009d0;OWNED\u009c\u001b[2J\u009b31m\u202eOWNED\rOWNED';
/** As a name of a file can be. */
const EVIL_NAME = '\u001b]0;OWNED\u0007\u009b31m\u202eOWNED';

/** What our own screens steer a terminal with. The line discipline makes \r\n of every \n. */
const ESC = '\u001b';
const OURS = new RegExp(
  `${ESC}\\[(?:[\\d;]*m|\\?25[hl]|\\?2026h\\r?|\\?2026l|\\d+A|[JK])|\\r\\n|\\r(?=${ESC}\\[\\d+A)|[\\n\\t]`,
  'g',
);

async function shown(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const terminal = new Terminal(process.execPath, [BIN, ...args], { columns: 100, rows: 40, cwd, env });
  if (args.includes('--watch')) {
    await terminal.until((screen) => screen.includes('Ctrl-C ends it'));
    terminal.type('\u0003');
  }
  await terminal.finished();
  const foreign = /[\p{Cc}\u202a-\u202e]/u.exec(terminal.output.replaceAll(OURS, ''));
  expect(foreign, `${args.join(' ')}\n${JSON.stringify(terminal.output.slice(0, 4000))}`).toBeNull();
  return terminal.output;
}

/** Every text and every key of a record, made hostile. */
function poisoned(value: unknown): unknown {
  if (typeof value === 'string') return `${value}${EVIL}`;
  if (Array.isArray(value)) return value.map(poisoned);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, poisoned(inner)]);
  return { ...Object.fromEntries(entries), [`key${EVIL}`]: EVIL };
}

function poison(file: string, keep: Record<string, unknown> = {}): void {
  writeFileSync(file, JSON.stringify({ ...(poisoned(JSON.parse(readFileSync(file, 'utf8'))) as object), ...keep }));
}

/** Where the cache has a hostile name. */
const ELSEWHERE = [['--version'], ['setup', '--check'], ['gpu-info'], ['data', '--offline']];

/** Commands and actions that the program has, and that none of the lines drives. */
async function undriven(lines: readonly (readonly string[])[]): Promise<string[]> {
  const wordsAfter = async (...words: string[]) => {
    const { stdout } = await runCli(['--get-yargs-completions', 'fmnist', ...words, '']);
    return stdout.split('\n').filter((word) => /^[a-z][a-z-]*$/.test(word));
  };
  const actions = GROUPS.map(async (group) => (await wordsAfter(group)).map((action) => `${group} ${action}`));
  const all = [...(await wordsAfter()), ...(await Promise.all(actions)).flat()];
  expect(all.length).toBeGreaterThan(30);
  const driven = new Set(lines.flatMap(([first = '', second = '']) => [first, `${first} ${second}`]));
  return all.filter((command) => !driven.has(command));
}

/** A sweep that was trained, and then told lies. */
async function hostileSweep(folder: string, cwd: string): Promise<void> {
  const parameters = { 'optimizer.learningRate': [0.001, 0.01] };
  const sweep = { model: 'net.json', name: 'evil', data: 'synthetic', limit: 64, parameters };
  const layers = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
  writeFileSync(path.join(cwd, 'net.json'), JSON.stringify({ layers, training: { epochs: 1 } }));
  writeFileSync(path.join(cwd, 'evil.sweep.json'), JSON.stringify(sweep));
  const { code, stderr } = await runCli(['sweep', 'run', 'evil.sweep.json', '--device', 'cpu-js'], { cwd });
  expect(code, stderr).toBe(0);
  const definition = JSON.parse(readFileSync(path.join(folder, 'sweep.json'), 'utf8'));
  definition.sweep.description = EVIL;
  writeFileSync(path.join(folder, 'sweep.json'), JSON.stringify(definition));
  for (const name of readdirSync(path.join(folder, 'results'))) {
    const file = path.join(folder, 'results', name);
    const failed = { ...JSON.parse(readFileSync(file, 'utf8')), status: 'failed', message: EVIL, score: null };
    writeFileSync(file, JSON.stringify({ ...failed, parameters: { [EVIL]: EVIL } }));
  }
  // The same, in whose results a name of a file is hostile too.
  const named = path.join(path.dirname(folder), 'named');
  cpSync(folder, named, { recursive: true });
  writeFileSync(path.join(named, 'results', `${EVIL_NAME}.json`), '{}');
  writeFileSync(path.join(folder, 'engine.json'), JSON.stringify({ v: 1, name: EVIL }));
  writeFileSync(path.join(folder, 'finish.json'), `{${EVIL}`);
}

const GROUPS = ['runs', 'sweep', 'cache'];

test('no command lets a run folder, a config or a name of a file steer the terminal', async () => {
  const cwd = temporaryFolder();
  const runsDir = path.join(cwd, 'runs');
  const names = [await recordRun(runsDir, { name: 'a' }), await recordRun(runsDir, { name: 'b', batchSize: 64 })];
  for (const name of names) {
    poison(path.join(runsDir, name, 'config.json'));
    poison(path.join(runsDir, name, 'environment.json'));
    poison(path.join(runsDir, name, 'summary.json'), {
      status: 'completed',
      message: EVIL,
      classes: undefined,
      confusion: undefined,
      mistakes: undefined,
    });
  }
  const [run = '', other = ''] = names;
  const last = readFileSync(path.join(runsDir, run, 'checkpoints', 'last.safetensors'));
  const { tensors } = decodeSafeTensors(last, 'last');
  const evilTensors = new Map([...tensors].map(([name, tensor]) => [`${name}${EVIL}`, tensor]));
  const evil = (name: string) => `${EVIL_NAME}${name}`;
  writeFileSync(path.join(cwd, evil('.safetensors')), Buffer.concat(encodeSafeTensors(evilTensors)));
  const state = JSON.stringify({ [EVIL]: EVIL });
  const metadata = new Map([
    ['format', 'fmnist-checkpoint-1'],
    ['state', state],
    ['sha256', EVIL],
  ]);
  const broken = Buffer.concat(encodeSafeTensors(tensors, metadata));
  writeFileSync(path.join(runsDir, other, 'checkpoints', 'last.safetensors'), broken);
  for (const name of names) {
    // A line that is none of its metrics keeps a run from being reported: the first is to come as far as that.
    const files = name === run ? ['curves', 'norms'] : ['curves', 'norms', 'metrics'];
    for (const file of files.map((each) => path.join(runsDir, name, `${each}.jsonl`)))
      appendFileSync(file, `{"event":"norms","epoch":1,"weights":{${JSON.stringify(EVIL)}:1},"gradients":{}}\n`);
  }
  await hostileSweep(path.join(cwd, 'sweeps', 'evil'), cwd);
  const layers = [{ type: 'flatten' }, { type: `dense${EVIL}`, units: 10 }, { type: 'dense', [EVIL]: 1 }];
  writeFileSync(path.join(cwd, evil('.json')), JSON.stringify({ [EVIL]: EVIL, name: EVIL, layers }));
  writeFileSync(path.join(cwd, evil('.png')), 'no picture');
  mkdirSync(path.join(cwd, evil('-folder')));
  const good = {
    description: EVIL,
    layers: [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }],
  };
  writeFileSync(path.join(cwd, evil('-good.json')), JSON.stringify(good));
  const device = ['--device', 'cpu'];

  const commands: readonly (readonly string[])[] = [
    ['runs'],
    ['runs', 'show', run],
    ['runs', 'compare', run, other],
    ['runs', 'show', EVIL],
    ['runs', '--runs-dir', evil('-folder')],
    ['evaluate', run, ...device],
    ['evaluate', other, ...device],
    ['evaluate', evil('.safetensors'), '--model', evil('-good.json'), '--data', 'synthetic', ...device],
    ['predict', evil('.safetensors'), '--model', 'conv', evil('.png'), ...device],
    ['predict', run, evil('.png'), evil('nothing'), ...device],
    ['train', '--resume', other],
    ['train', '--model', evil('.json')],
    ['train', '--model', evil('-good.json'), '--set', `training.${EVIL}=1`],
    [
      'train',
      '--model',
      evil('-good.json'),
      '--data',
      'synthetic',
      '--limit',
      '64',
      '--epochs',
      '1',
      '--runs-dir',
      evil('-runs'),
      ...device,
    ],
    ['train', `--${EVIL}`],
    [EVIL],
    ['validate', evil('.json')],
    ['summary', '--model', evil('-good.json')],
    ['summary', '--model', evil('.json')],
    ['data', '--data-dir', evil('-folder'), '--offline'],
    ['data', '--png', path.join(evil('-nowhere'), 'x.png')],
    ['augment', '--png', path.join(evil('-nowhere'), 'x.png')],
    ['completion', EVIL],
    ['runs', 'list', '--filter', EVIL],
    ['runs', 'label', run, '--note', EVIL],
    ['runs', 'prune', '--filter', EVIL, '--keep-best', '1', '--dry-run'],
    ['runs', 'rm', EVIL, '--yes'],
    ['features', run, ...device],
    ['features', run, '--image', evil('.png'), ...device],
    ['export', run, '--format', 'safetensors', '--out', evil('.out.safetensors')],
    ['export', other, '--format', 'onnx'],
    ['report', run, '--out', evil('.html')],
    ['report', run, other],
    ['report', run, '--watch'],
    ['sweep', 'plan', evil('.json')],
    ['sweep', 'run', evil('.json')],
    ['sweep', 'show', 'evil'],
    ['sweep', 'report', 'evil'],
    ['sweep', 'show', 'named'],
    ['sweep', 'finish', 'evil', ...device],
    ['sweep', 'trial', 'evil', '--trial', '0', ...device],
    ['worker', '--redis', `redis://:${EVIL}@${EVIL}`],
    ['worker', '--sweeps-dir', evil('-folder')],
    ['init', evil('-new')],
    ['find-lr', '--model', evil('.json')],
    ['bench', '--model', evil('.json')],
    ['schema', EVIL],
    ['setup', '--import', evil('.png')],
    ['cache', 'clean', EVIL],
    ['cache', 'list'],
  ];
  expect(await undriven([...commands, ...ELSEWHERE])).toEqual([]);
  const screens = new Map<string, string>();
  const show = async (args: readonly string[], env = {}) => screens.set(args.join(' '), await shown(cwd, args, env));
  const waiting = commands.values();
  const some = async () => {
    for (const args of waiting) await show(args);
  };
  await Promise.all([some(), some(), some(), some()]);
  const elsewhere = { XDG_CACHE_HOME: path.join(cwd, evil('-cache')) };
  await Promise.all(ELSEWHERE.map((args) => show(args, elsewhere)));
  // The names did come to the screen, made visible.
  const visible = [...screens.values()].filter((screen) => /\\u001b|\\u009d/.test(screen));
  expect(visible.length).toBeGreaterThan(15);
}, 240_000);
