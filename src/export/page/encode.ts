import { promises as fs } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LabelledImages } from '../../image.js';
import { type ExportedFile, jsonFile, type TrainedClassifier } from '../format.js';
import { encode as encodeTfjs } from '../tfjs/encode.js';
import { imageSheet, SHEET_IMAGES } from './sheet.js';

const ASSETS = new URL('../../../assets/page/', import.meta.url);

/** What of tfjs a browser loads: builds that need no bundler. WebGPU and plain JavaScript come only where they are used. */
const VENDOR = [
  'tfjs-core/dist/tf-core.min.js',
  'tfjs-layers/dist/tf-layers.min.js',
  'tfjs-backend-cpu/dist/tf-backend-cpu.min.js',
  'tfjs-backend-wasm/dist/tf-backend-wasm.min.js',
  'tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js',
];

/** The compiled code that prepares pictures, with what it imports: the page does just what `fmnist predict` does. */
const PREPARE = 'data/pictures/prepare.js';

/**
 * A folder for any web server: a page that classifies pictures in the browser, and everything it needs.
 */
export async function encode(
  classifier: TrainedClassifier,
  images: () => Promise<LabelledImages>,
): Promise<ExportedFile[]> {
  const { config, model, classes, onBlack, input } = classifier;
  const test = await images();
  const labels = [...test.labels.subarray(0, SHEET_IMAGES)];
  return [
    ...(await assets()),
    jsonFile('page.json', { name: config.name, classes, shape: model.inputShape, onBlack, input, labels }),
    { path: 'test-images.png', chunks: [await imageSheet(test.images, model.inputShape)] },
    ...(await encodeTfjs(classifier)).map((file) => ({ ...file, path: `model/${file.path}` })),
    ...(await vendor()),
    ...(await modules(PREPARE)),
  ];
}

async function assets(): Promise<ExportedFile[]> {
  const names = await fs.readdir(ASSETS);
  return Promise.all(names.map((name) => copied(name, fileURLToPath(new URL(name, ASSETS)))));
}

async function copied(as: string, file: string): Promise<ExportedFile> {
  return { path: as, chunks: [await fs.readFile(file)] };
}

function vendor(): Promise<ExportedFile[]> {
  const { resolve } = createRequire(import.meta.url);
  return Promise.all(VENDOR.map((file) => copied(`vendor/${path.basename(file)}`, resolve(`@tensorflow/${file}`))));
}

/** A module of fmnist's own and those that it imports, under `modules/`. */
async function modules(first: string): Promise<ExportedFile[]> {
  const files = new Map<string, ExportedFile>();
  const waiting = [first];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (files.has(name)) continue;
    const text = await fs.readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
    files.set(name, {
      path: `modules/${name}`,
      chunks: [Buffer.from(text.replace(/^\/\/# sourceMappingURL=.*$/m, ''))],
    });
    for (const [, source = ''] of text.matchAll(/^(?:import|export) .*?from '(\.[^']+)'/gm)) {
      waiting.push(path.posix.join(path.posix.dirname(name), source));
    }
  }
  return [...files.values()];
}
