import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/config/bundled.js';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { manifestJsonSchema } from '../../src/datasets/manifest.js';
import { UsageError } from '../../src/errors.js';

const HEAD = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fmnist-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function failure(action: () => unknown): UsageError {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const problemsOf = (raw: unknown) => failure(() => parseConfig(raw, 'test')).problems;

describe('the bundled configs', () => {
  it('are the chapter’s models and recipes', () => {
    expect(bundledModels()).toEqual(['best', 'conv', 'conv-pool', 'quick', 'record', 'vgg19', 'vgg7']);
  });

  it.each(bundledModels())('%s loads by name and says what it is', (name) => {
    const config = loadConfig(name);
    expect(config.name).toBe(name);
    expect(config.description).toBeTruthy();
  });

  it.each(['conv', 'conv-pool', 'vgg7'])('%s has the book’s settings', (name) => {
    const config = loadConfig(name);
    expect(config.optimizer).toEqual({ type: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 });
    expect(config.training).toMatchObject({ epochs: 25, batchSize: 32, validationSplit: 0.25, labelSmoothing: 0 });
    expect(config.schedule).toEqual({ type: 'constant' });
  });

  it('have an up-to-date JSON Schema beside them (else: npm run schema)', () => {
    const written = readFileSync(new URL('../../schema/config.json', import.meta.url), 'utf8');
    expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
    const manifest = readFileSync(new URL('../../schema/dataset.json', import.meta.url), 'utf8');
    expect(JSON.parse(manifest)).toEqual(JSON.parse(JSON.stringify(manifestJsonSchema())));
  });
});

describe('the last dense layer', () => {
  const TAIL = [{ type: 'flatten' }, { type: 'dense', units: 7 }, { type: 'dense', activation: 'softmax' }];

  it('has one unit a class where its units are left out, and the config says how many', () => {
    expect(parseConfig({ layers: TAIL }, 'test').layers.at(-1)).toMatchObject({ units: 10 });
    const input = { inputShape: [8, 8, 3], classes: 100 };
    expect(parseConfig({ layers: TAIL }, 'test', input).layers.at(-1)).toMatchObject({ units: 100 });
    expect(loadConfig('vgg7', input).layers.at(-1)).toMatchObject({ units: 100 });
  });

  it('is told what to do when it does not fit the classes; no other may leave its units out', () => {
    const input = { inputShape: [28, 28, 1], classes: 100 };
    const fixed = [{ type: 'flatten' }, { type: 'dense', units: 10, activation: 'softmax' }];
    expect(failure(() => parseConfig({ layers: fixed }, 'test', input)).problems).toEqual([
      expect.stringMatching(/end in 100 classes, .*\[10\]: set its units to 100 or leave them out/),
    ]);
    const [flatten, , last] = TAIL;
    expect(problemsOf({ layers: [flatten, { type: 'dense' }, last] })).toEqual([
      expect.stringMatching(/^layers\[1\]\.units .*is missing.*only the last dense layer/),
    ]);
  });
});

describe('a config file', () => {
  it('is named after its file when it has no name', () => {
    expect(loadConfig(file('my net.v2.json', JSON.stringify({ layers: HEAD }))).name).toBe('my-net.v2');
  });

  it('may start with a byte order mark', () => {
    expect(loadConfig(file('bom.json', `\uFEFF${JSON.stringify({ layers: HEAD })}`)).layers).toHaveLength(2);
  });

  it('may have comments, and commas after the last of several; what is no comment stays', () => {
    const text = `// My net, "as" it was\n{"layers": [ /* two */ ${JSON.stringify(HEAD).slice(1, -2)},},],\n "description": "a // b, /* c */ ,]",\n}`;
    const { layers, description } = loadConfig(file('commented.json', text));
    expect(layers).toHaveLength(2);
    expect(description).toBe('a // b, /* c */ ,]');
    expect(failure(() => loadConfig(file('twice.json', '{"name": "a", // b\n"name": "c"}'))).message).toContain(
      'twice',
    );
  });

  it('of an unknown layer type is told what else is wrong with the layer, as the type that was meant', () => {
    const pool = { type: 'maxpool', poolsize: 2 };
    const nested = { type: 'residual', layers: [{ type: 'Conv_2D', filters: 0, kernelSize: 3 }] };
    const problems = problemsOf({ layers: [pool, nested, { type: 'dens', units: 'ten' }, { type: 'zzz', units: 0 }] });
    expect(problems).toEqual([
      expect.stringMatching(/^layers\[0\]\.type: .* but is "maxpool"\. Did you mean "maxPooling2d"\?$/),
      'layers[0].poolsize: unknown key. Did you mean "poolSize"?',
      expect.stringMatching(/^layers\[1\]\.layers\[0\]\.type: .* Did you mean "conv2d"\?$/),
      'layers[1].layers[0].filters: must be at least 1, but is 0',
      expect.stringMatching(/^layers\[2\]\.type: .* Did you mean "dense"\?$/),
      expect.stringMatching(/^layers\[2\]\.units: must be a .*number, but is "ten"$/),
      expect.stringMatching(/^layers\[3\]\.type: .* but is "zzz"$/),
    ]);
  });

  it('of words where blocks belong, as in Keras, and of a number beyond all, is told what to write', () => {
    const path = file('keras.json', '{"layers": ["flatten"], "optimizer": "Adam", "training": {"emaDecay": 1e999}}');
    expect(failure(() => loadConfig(path)).problems).toEqual([
      'layers[0]: must be an object {…}, but is "flatten". Did you mean { "type": "flatten" }?',
      'optimizer: must be an object {…}, but is "Adam". Did you mean { "type": "adam" }?',
      'training.emaDecay: must be a number, but is Infinity',
    ]);
  });

  it('with several unknown keys names the known ones once', () => {
    const { problems } = failure(() => parseConfig({ layers: HEAD, optimizer: { type: 'sgd', xx: 1, yy: 2 } }, 'test'));
    expect(problems).toEqual([
      'optimizer.xx: unknown key',
      expect.stringMatching(/^optimizer\.yy: unknown key\. Known keys: type, learningRate, /),
    ]);
  });

  it('reports all its problems at once: where, what was found, what was perhaps meant', () => {
    const path = file(
      'bad.json',
      JSON.stringify({
        layers: [
          { type: 'conv2D', filters: 3, kernelSize: 3 },
          { type: 'conv2d', filter: 3, kernelSize: '3', activation: 'Relu' },
          { type: 'dense', units: -3 },
          { type: 'residual', layers: [{ type: 'dropot', rate: 0.5 }] },
        ],
        optimiser: {},
        optimizer: { type: 'sgd', lr: 0.1 },
        training: { epochs: 'ten' },
        schedule: { type: 'step', every: 2 },
      }),
    );
    const { problems, message, exitCode } = failure(() => loadConfig(path));
    expect(message).toBe(`config ${path} has 11 problems`);
    expect(exitCode).toBe(2);
    const expected = [
      /^layers\[0\]\.type: must be one of conv2d, .* but is "conv2D"\. Did you mean "conv2d"\?$/,
      /^layers\[1\]\.filters: is missing/,
      /^layers\[1\]\.kernelSize: must be a whole number.*but is "3"$/,
      /^layers\[1\]\.activation: .* but is "Relu"\. Did you mean "relu"\?$/,
      /^layers\[1\]\.filter: unknown key\. Did you mean "filters"\?$/,
      /^layers\[2\]\.units: must be at least 1, but is -3$/,
      /^layers\[3\]\.layers\[0\]\.type: .* but is "dropot"\. Did you mean "dropout"\?$/,
      /^optimizer\.lr: unknown key\. Known keys: type, learningRate, biasLearningRate, momentum, nesterov, weightDecay$/,
      /^schedule\.factor: is missing; it must be a number$/,
      /^training\.epochs: must be a number, but is "ten"$/,
      /^optimiser: unknown key\. Did you mean "optimizer"\?$/,
    ];
    for (const pattern of expected) expect(problems.filter((problem) => pattern.test(problem))).toHaveLength(1);
    expect(problems).toHaveLength(expected.length);
  });

  it.each([
    ['an empty file', '', /the file is empty/],
    ['a comma too many', '{\n  "layers": [],,\n}', /a key in double quotes is missing at line 2, column 16/],
    ['a comma too few', '{\n  "name": "a"\n  "layers": []\n}', /a comma is missing at line 3, column 3/],
    ['a comma alone', '{"layers": [,]}', /a value is missing at line 1, column 13/],
    ['single quotes', "{'layers': []}", /line 1, column 2/],
    ['an open comment', '{} /* and on', /a comment does not end at line 1/],
    ['brackets without end', '['.repeat(400_000), /is not JSON/],
    ['half a file', '{"layers": [{"type":', /is not JSON/],
    ['binary', Uint8Array.from([0, 255, 3, 9]), /is not JSON/],
    ['a list', '[]', /has a problem/],
    ['null', 'null', /has a problem/],
    ['deep nesting', '['.repeat(5000) + ']'.repeat(5000), /nested more than/],
  ])('%s is refused with a line that says so', (_what, content, expected) => {
    const { message, hint } = failure(() => loadConfig(file('broken.json', content)));
    expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
    expect(hint).toBeTruthy();
  });

  it('that is a folder, too large or not there is refused', () => {
    mkdirSync(join(folder, 'sub.json'));
    expect(failure(() => loadConfig(join(folder, 'sub.json'))).message).toContain('is not a file');
    expect(failure(() => loadConfig(file('large.json', ' '.repeat(1_000_001)))).message).toContain('too large');
    expect(failure(() => loadConfig(join(folder, 'nowhere.json'))).message).toContain('there is no config file');
    expect(failure(() => loadConfig('a\0b')).message).toContain('NUL');
    expect(failure(() => loadConfig('')).message).toContain('there is no model');
  });
});

it('an unknown model name gets a did-you-mean and the list', () => {
  const { message, hint } = failure(() => loadConfig('vgg-7'));
  expect(message).toBe('there is no model "vgg-7". Did you mean "vgg7"?');
  expect(hint).toContain(bundledModels().join(', '));
});

describe('hostile keys', () => {
  it('__proto__ and constructor are unknown keys and change nothing', () => {
    const raw = JSON.parse(`{"layers": ${JSON.stringify(HEAD)}, "__proto__": {"polluted": 1}, "constructor": 1}`);
    expect(problemsOf(raw)).toHaveLength(2);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('__proto__ as a layer type or name is refused', () => {
    expect(problemsOf({ layers: [{ type: '__proto__' }] })[0]).toMatch(/^layers\[0\]\.type/);
    expect(problemsOf({ layers: [{ ...HEAD[0], name: '__proto__' }, HEAD[1]] })[0]).toMatch(/^layers\[0\]\.name/);
  });
});
