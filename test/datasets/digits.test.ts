import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { pythonWith } from '../helpers/python.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

/** scikit-learn's 1,797 handwritten digits of 8×8 pixels (values to 16), every fifth a test image, as IDX files. */
const WRITE = `
import struct, sys
from sklearn.datasets import load_digits
digits = load_digits()
images, labels = (digits.images * 15.9375).astype("uint8"), digits.target.astype("uint8")
for part, rows in (("train", [i for i in range(len(labels)) if i % 5]), ("t10k", range(0, len(labels), 5))):
    for what, array in (("images-idx3", images[rows]), ("labels-idx1", labels[rows])):
        with open(f"{sys.argv[1]}/{part}-{what}-ubyte", "wb") as file:
            file.write(bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes())
`;

/** The last layer has as many units as there are classes. */
const CONFIG = {
  name: 'small',
  layers: [
    { type: 'conv2d', filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' },
    { type: 'maxPooling2d', poolSize: 2 },
    { type: 'conv2d', filters: 64, kernelSize: 3, padding: 'same', activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', activation: 'softmax' },
  ],
  training: { epochs: 12, validationSplit: 0.1 },
};

it('scikit-learn’s digits, described and named by --data, train above 0.95 test accuracy', async (context) => {
  const python = pythonWith({
    environment: 'digits',
    install: { 'scikit-learn': '1.9.1' },
    imports: ['sklearn'],
  });
  if (python === undefined) return context.skip('needs Python with scikit-learn');
  const cwd = temporaryFolder();
  const folder = path.join(cwd, 'digits');
  execFileSync('mkdir', [folder]);
  execFileSync(python, ['-c', WRITE, folder]);
  writeFileSync(path.join(cwd, 'small.json'), JSON.stringify(CONFIG));

  const described = await runCli(['data', '--describe', 'digits'], { cwd });
  expect([described.code, described.stderr]).toEqual([0, '']);
  expect(described.stdout).toContain(
    'wrote digits/dataset.json: 1,437 training and 360 test images, 8×8×1, 10 classes',
  );
  const manifest = JSON.parse(readFileSync(path.join(folder, 'dataset.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'digits', imageShape: [8, 8, 1], classes: [...'0123456789'] });

  const data = ['--data', 'digits/dataset.json'];
  const augmented = await runCli(['augment', '--index', '3', ...data, '--json'], { cwd });
  expect(JSON.parse(augmented.stdout)).toMatchObject({ index: 3, variants: { length: 20 } });
  const trained = await runCli(['train', '--model', 'small.json', ...data, '--device', 'cpu', '--json'], { cwd });
  const end = JSON.parse(trained.stdout.trim().split('\n').at(-1) ?? '');
  expect(end).toMatchObject({ event: 'run_end', status: 'completed' });
  expect(end.testAccuracy).toBeGreaterThan(0.95);
  // The run knows its data set.
  const evaluated = await runCli(['evaluate', 'last', '--device', 'cpu', '--json'], { cwd });
  expect(JSON.parse(evaluated.stdout)).toMatchObject({ testAccuracy: end.testAccuracy, images: 360 });
}, 600_000);
