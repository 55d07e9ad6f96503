import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { LabelledImages } from '../../image.js';
import { packageFile } from '../../package.js';
import { type ExportedFile, jsonFile, type TrainedClassifier } from '../format.js';
import { encode as encodeTfjs } from '../tfjs/encode.js';
import { imageSheet, SHEET_IMAGES } from './sheet.js';

/** Files of the package, by the folders of the page where they go. The build puts into `dist` what is not our own. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  '': [
    'assets/page/app.js',
    'assets/page/index.html',
    'assets/page/style.css',
    // The code that prepares pictures: the page does just what `fmnist predict` does.
    'dist/page/prepare.js',
  ],
  // Of tfjs, WebGPU and plain JavaScript are loaded only where they are used.
  vendor: [
    'dist/page/tf-core.min.js',
    'dist/page/tf-layers.min.js',
    'dist/page/tf-backend-cpu.min.js',
    'dist/page/tf-backend-wasm.min.js',
    'dist/page/tf-backend-webgpu.min.js',
    'dist/wasm/tfjs-backend-wasm.wasm',
    'dist/wasm/tfjs-backend-wasm-simd.wasm',
  ],
};

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
    ...(await files()),
    jsonFile('page.json', { name: config.name, classes, shape: model.inputShape, onBlack, input, labels }),
    { path: 'test-images.png', chunks: [await imageSheet(test.images, model.inputShape)] },
    ...(await encodeTfjs(classifier)).map((file) => ({ ...file, path: `model/${file.path}` })),
  ];
}

function files(): Promise<ExportedFile[]> {
  const copies = Object.entries(FILES).flatMap(([folder, names]) => names.map((name) => copied(name, folder)));
  return Promise.all(copies);
}

async function copied(name: string, folder: string): Promise<ExportedFile> {
  return { path: path.posix.join(folder, path.basename(name)), chunks: [await fs.readFile(packageFile(name))] };
}
