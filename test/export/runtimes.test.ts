import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { onnxRuntime } from '../../src/app/export/onnx-runtime.js';
import { fashionMnist } from '../../src/datasets/fashion-mnist.js';
import type { ExportFormat } from '../../src/export/format.js';
import { FORMATS, type FormatName } from '../../src/export/formats.js';
import { serveFolder } from '../../src/export/serve.js';
import { writeExport } from '../../src/export/write.js';
import { distance } from '../helpers/engines.js';
import { RUNTIMES } from '../helpers/export-python.js';
import { type ExportCase, randomCases, trainedCases } from '../helpers/exported.js';
import { nodePackage } from '../helpers/node-package.js';
import { type PythonPackages, pythonWith } from '../helpers/python.js';
import { realDataset } from '../helpers/real-data.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const TOLERANCE = 1e-5;
const RANDOM_NETWORKS = 20;
const SCRIPT = fileURLToPath(new URL('runtimes.py', import.meta.url));

/** Gigabytes on Linux, for PyPI has it with CUDA alone: installed only where that is asked for. */
const TORCH: PythonPackages = {
  environment: 'torch',
  install: process.env.FMNIST_TEST_TORCH === '1' ? { torch: '2.15.0', numpy: '2.4.6', safetensors: '0.8.0' } : {},
  imports: ['torch', 'numpy', 'safetensors'],
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

const noImages = () => Promise.reject(new Error('this format shows no images'));

/** Exports every case into a folder. @returns where each lies */
async function exportAll(format: FormatName): Promise<string[]> {
  const folder = temporaryFolder();
  const { kind, suffix, encode }: ExportFormat = FORMATS[format];
  const targets: string[] = [];
  for (const { name, classifier } of cases) {
    const target = path.join(folder, `${name}${suffix}`);
    await writeExport(target, await encode(classifier, noImages), { kind, force: false });
    targets.push(target);
  }
  return targets;
}

/** Exports every case and opens all of them in one Python. */
async function open(context: TestContext, runtime: string, format: FormatName, packages = RUNTIMES) {
  const python = pythonWith(packages);
  if (python === undefined) return context.skip(`needs Python with ${packages.imports.join(', ')}`);
  const targets = await exportAll(format);
  const manifest = cases.map(({ classifier, images, count }, i) => {
    const target = targets[i] ?? '';
    writeFileSync(`${target}.images`, images);
    const shape = [count, ...classifier.model.inputShape];
    const train = classifier.optimizer !== undefined;
    const files = { path: target, images: `${target}.images`, probabilities: `${target}.out`, labels };
    return { ...files, shape, input: classifier.input, train, first: i === 0 };
  });
  const list = path.join(temporaryFolder(), 'manifest.json');
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

// Seconds on a machine of its own; the first time, Python's packages are installed.
describe('an export gives what the engine gives, in', { timeout: 600_000 }, () => {
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

  it('tfjs in Node, loaded over HTTP', async () => {
    const tf = await import('@tensorflow/tfjs-core');
    const { loadLayersModel } = await import('@tensorflow/tfjs-layers');
    await import('@tensorflow/tfjs-backend-cpu');
    await import('@tensorflow/tfjs-backend-wasm');
    const opened: Opened[] = [];
    for (const [i, folder] of (await exportAll('tfjs')).entries()) {
      const { classifier, images, count } = cases[i] as ExportCase;
      // WebAssembly is fast and lacks a few operations; plain JavaScript has all and is slow.
      await tf.setBackend(classifier.optimizer === undefined ? 'cpu' : 'wasm');
      const { url, close } = await serveFolder(folder, 0);
      const model = await loadLayersModel(`${url}model.json`);
      const bytes = tf.tensor(images, [count, ...classifier.model.inputShape], 'int32');
      const input = classifier.input === 'bytes' ? bytes : tf.div(tf.cast(bytes, 'float32'), 255);
      const probabilities = model.predict(input, { batchSize: 64 }) as Tensor;
      opened.push({ probabilities: (await probabilities.data()) as Float32Array, told: {} });
      tf.dispose([bytes, input, probabilities]);
      model.dispose();
      await close();
      expect(model.getUserDefinedMetadata()).toMatchObject({ classes: fashionMnist.classes });
    }
    expectAgreement(opened);
  });

  it('onnxruntime in Python, once its checker is content', async (context) => {
    const opened = await open(context, 'onnx', 'onnx');
    expectAgreement(opened);
    for (const { told } of opened)
      expect(told.metadata).toMatchObject({ classes: JSON.stringify(fashionMnist.classes) });
  });

  it('onnxruntime in Node', async (context) => {
    const modules = nodePackage('onnxruntime-node', '1.30.0');
    if (modules === undefined) return context.skip('needs onnxruntime-node from npm');
    const before = process.cwd();
    context.onTestFinished(() => process.chdir(before));
    // Where a user has it.
    process.chdir(path.dirname(modules));
    const runtime = await onnxRuntime();
    if (typeof runtime === 'string') throw new Error(runtime);
    const opened: Opened[] = [];
    for (const [i, file] of (await exportAll('onnx')).entries()) {
      const { classifier, images } = cases[i] as ExportCase;
      opened.push({ probabilities: await runtime.run(file, classifier, images), told: {} });
    }
    expectAgreement(opened);
  });

  it('PyTorch, from model.py and weights.safetensors alone', async (context) => {
    const opened = await open(context, 'torch', 'torch', TORCH);
    expectAgreement(opened);
    expect(opened.map(({ told }) => told.classes)).toEqual(cases.map(() => fashionMnist.classes));
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
