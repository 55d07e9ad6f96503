import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from './helpers/temporary-folder.js';

/** A project with one good and one wrong import of each kind. */
const PROJECT = {
  'tsconfig.json': '{ "compilerOptions": { "module": "nodenext" } }',
  'src/training/loop/train.ts': 'export const train = 1; export type Train = typeof train;',
  'src/model/build.ts': "import type { Train } from '../training/loop/train.js'; export type Model = Train;",
  'src/ui/screen.ts': "import type { Train } from '../training/loop/train.js'; export type Drawn = Train;",
  'src/ui/trainer.ts': "export * from '../training/loop/train.js';",
  'src/ui/colour.ts': "import chalk from 'chalk'; export const green = chalk.green;",
  'src/training/print.ts': "import chalk from 'chalk'; export const red = chalk.red;",
  'src/app/flags.ts': "import yargs from 'yargs'; export const flags = yargs;",
  'src/model/tensor.ts': "export const tensor = async () => (await import('@tensorflow/tfjs-core')).tensor;",
  'src/data/dataset.ts': "import type { B } from './synthetic.js'; export type A = B;",
  'src/data/synthetic.ts': "import type { A } from './dataset.js'; export type B = A;",
};

/** What the check of the floors says about it, and its exit code. */
let output: string;
let code: unknown;

beforeAll(async () => {
  const root = temporaryFolder();
  for (const [file, text] of Object.entries(PROJECT)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const repository = fileURLToPath(new URL('..', import.meta.url));
  const program = path.join(repository, 'node_modules/.bin/depcruise');
  const options = ['--config', path.join(repository, '.dependency-cruiser.js'), '--output-type', 'err-long', 'src'];
  [code, output] = await new Promise((resolve) => {
    execFile(program, options, { cwd: root }, (error, stdout) => resolve([error?.code, stdout.replace(/\s+/g, ' ')]));
  });
});

it('a wrong import fails the check', () => expect(code).toBeGreaterThan(0));

it('an import from a higher floor is told why, a type too', () => {
  expect(output).toContain('src/model/build.ts → src/training/loop/train.ts a model is layers');
});

it('the screen may take types from the core, and no code', () => {
  expect(output).not.toContain('src/ui/screen.ts');
  expect(output).toContain('src/ui/trainer.ts → src/training/loop/train.ts the screen draws');
});

it('packages stay in the part that they are for', () => {
  expect(output).not.toContain('src/ui/colour.ts');
  expect(output).toContain('src/training/print.ts → chalk only src/ui draws');
  expect(output).toContain('src/app/flags.ts → yargs only src/flags');
  expect(output).toContain('src/model/tensor.ts → @tensorflow/tfjs-core only src/engine/eager loads tfjs');
});

it('files must not import one another, not even types', () => {
  expect(output).toMatch(/src\/data\/(dataset|synthetic)\.ts → .*move what both need to a third/);
});
