import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { CLASS_NAMES } from '../../src/data/classes.js';
import { FORMATS, type FormatName } from '../../src/export/formats.js';
import { writeExport } from '../../src/export/write.js';
import { distance } from '../helpers/engines.js';
import { type ExportCase, randomCases, trainedCases } from '../helpers/exported.js';
import { type PythonPackages, pythonWith } from '../helpers/python.js';
import { realDataset } from '../helpers/real-data.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const TOLERANCE = 1e-5;
const RANDOM_NETWORKS = 20;
const SCRIPT = fileURLToPath(new URL('runtimes.py', import.meta.url));

const RUNTIMES: PythonPackages = {
  environment: 'export',
  install: {
    'tensorflow-cpu': '2.21.0',
    keras: '3.15.1',
    onnx: '1.23.2',
    onnxruntime: '1.32.0',
    safetensors: '0.8.0',
  },
  imports: ['tensorflow', 'keras', 'onnx', 'onnxruntime', 'safetensors'],
};

let cases: ExportCase[];
let labels: string;

beforeAll(async () => {
  cases = [...(await trainedCases(1000)), ...(await randomCases(RANDOM_NETWORKS, 64))];
  const { test } = await realDataset();
  labels = path.join(temporaryFolder(), 'labels');
  writeFileSync(labels, test.labels.subarray(0, 1000));
});

interface Opened {
  readonly probabilities: Float32Array;
  /** What the runtime told besides. */
  readonly told: Record<string, unknown>;
}

/** Exports every case and opens all of them in one Python. */
async function open(context: TestContext, runtime: string, format: FormatName, packages = RUNTIMES) {
  const python = pythonWith(packages);
  if (python === undefined) return context.skip(`needs Python with ${packages.imports.join(', ')}`);
  const folder = temporaryFolder();
  const manifest = [];
  for (const [i, { name, classifier, images, count }] of cases.entries()) {
    const target = path.join(folder, `${name}${FORMATS[format].suffix}`);
    await writeExport(target, await FORMATS[format].encode(classifier), { kind: FORMATS[format].kind, force: false });
    writeFileSync(`${target}.images`, images);
    const shape = [count, ...classifier.model.inputShape];
    const train = classifier.optimizer !== undefined;
    const files = { path: target, images: `${target}.images`, probabilities: `${target}.out`, labels };
    manifest[i] = { ...files, shape, input: classifier.input, train, first: i === 0 };
  }
  const list = path.join(folder, 'manifest.json');
  writeFileSync(list, JSON.stringify(manifest));
  const { status, stderr } = spawnSync(python, [SCRIPT, runtime, list], { encoding: 'utf8' });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  const told = JSON.parse(readFileSync(`${list}.told`, 'utf8')) as Record<string, unknown>[];
  return manifest.map(({ probabilities }, i): Opened => {
    const bytes = readFileSync(probabilities);
    return { probabilities: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), told: told[i] ?? {} };
  });
}

function expectAgreement(opened: readonly Opened[]): void {
  const apart = cases.map(({ name, expected }, i) => {
    const { probabilities = new Float32Array() } = opened[i] ?? {};
    return { name, difference: distance(probabilities, expected), classes: winners(probabilities) };
  });
  expect(apart.filter(({ difference }) => !(difference <= TOLERANCE))).toEqual([]);
  // Noise through an untrained network may be a tie; real images through a trained one are not.
  const trained = cases.filter(({ classifier }) => classifier.optimizer !== undefined);
  expect(apart.slice(0, trained.length).map(({ classes }) => classes)).toEqual(
    trained.map(({ expected }) => winners(expected)),
  );
}

function winners(probabilities: Float32Array): number[] {
  return Array.from({ length: probabilities.length / 10 }, (_, i) => {
    const row = probabilities.subarray(i * 10, (i + 1) * 10);
    return row.indexOf(Math.max(...row));
  });
}

describe('an export gives what the engine gives, in', () => {
  it('Keras, which goes on training where the run ended', async (context) => {
    const opened = await open(context, 'keras', 'keras');
    expectAgreement(opened);
    for (const [i, { classifier }] of cases.entries()) {
      const { steps, losses } = (opened[i]?.told ?? {}) as { steps?: number; losses?: [number, number] };
      if (classifier.optimizer === undefined) continue;
      expect(steps).toBe(classifier.optimizer.steps);
      expect(losses?.[1]).toBeLessThan(losses?.[0] ?? 0);
    }
  });

  it('TensorFlow, by tf.saved_model.load and saved_model_cli', async (context) => {
    const opened = await open(context, 'tensorflow', 'saved-model');
    expectAgreement(opened);
    expect(opened.map(({ told }) => told.variables)).toEqual(
      cases.map(({ classifier }) => classifier.model.weights.length),
    );
    expect(distance(opened[0]?.told.cli as number[], cases[0]?.expected.subarray(0, 10) ?? [])).toBeLessThan(TOLERANCE);
  });

  it('onnxruntime in Python, once its checker is content', async (context) => {
    const opened = await open(context, 'onnx', 'onnx');
    expectAgreement(opened);
    for (const { told } of opened) expect(told.metadata).toMatchObject({ classes: JSON.stringify(CLASS_NAMES) });
  });

  it("Python's safetensors: every weight, the config and the classes", async (context) => {
    const opened = await open(context, 'safetensors', 'safetensors');
    for (const [i, { classifier }] of cases.entries()) {
      const told = opened[i]?.told as { shapes: object; metadata: Record<string, string> } | undefined;
      expect(told?.shapes).toEqual(
        Object.fromEntries(classifier.model.weights.map(({ name, shape }) => [name, shape])),
      );
      expect(JSON.parse(told?.metadata.config ?? '')).toEqual(classifier.config);
      expect(JSON.parse(told?.metadata.classes ?? '')).toEqual(classifier.classes);
    }
  });
});
