import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../src/config/load.js';
import { modelConfigSchema } from '../src/config/schema.js';
import { EXIT } from '../src/errors.js';
import type { Command } from '../src/flags/command.js';
import { buildModel } from '../src/model/build.js';
import { ACTIVATIONS } from '../src/model/ops.js';
import { FASHION_MNIST } from './helpers/model-input.js';

const root = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

async function commands(): Promise<Map<string, Command>> {
  const files = readdirSync(path.join(root, 'src/commands')).filter((file) => file.endsWith('.ts'));
  const modules = await Promise.all(files.map((file) => import(path.join(root, 'src/commands', file))));
  return new Map(modules.map(({ command }: { command: Command }) => [command.name, command]));
}

/** The code blocks of a page in one language. */
function blocks(page: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...read(page).matchAll(fence)].map(([, text = '']) => text);
}

it('the README is for newcomers: what does not fit in 220 lines is in docs', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(221);
});

it('every config that is shown is a valid one', () => {
  const configs = pages.flatMap((page) => blocks(page, 'json').map((json) => JSON.parse(json)));
  const models = configs.filter((config) => 'layers' in config);
  expect(models.length).toBeGreaterThan(1);
  for (const config of models)
    expect(buildModel(parseConfig(config, 'docs'), FASHION_MNIST).parameters.total).toBeGreaterThan(0);
});

it('every command is in the README and has its section', async () => {
  const names = [...(await commands()).keys()];
  // The link test sees that what each row leads to is there.
  expect(names.filter((name) => !read('README.md').includes(`| [\`fmnist ${name}\`](docs/`))).toEqual([]);
  expect(names.filter((name) => !anchors(read('docs/commands.md')).includes(name))).toEqual([]);
});

it('every command line that is shown has a command and flags that there are', async () => {
  const known = await commands();
  const shown = pages.flatMap((page) =>
    ['sh', 'yaml', '', 'text'].flatMap((language) => blocks(page, language).flatMap(commandLines)),
  );
  expect(shown.length).toBeGreaterThan(20);
  for (const line of shown) {
    const [name = '', ...words] = line.split(/\s+/);
    const group = known.get(name);
    expect(group, `fmnist ${line}`).toBeDefined();
    const command = group?.subcommands.find((sub) => [sub.name, ...sub.aliases].includes(words[0] ?? '')) ?? group;
    const flags = new Set(['help', ...Object.keys(command?.flags ?? {}), ...aliases(command)]);
    const unknown = words
      .filter((word) => /^--?[a-z]/.test(word))
      .map((word) => word.replace(/^--?/, '').replace(/=.*/, ''))
      .filter((flag) => !flags.has(flag) && !flags.has(flag.replace(/^no-/, '')));
    expect(unknown, `fmnist ${line}`).toEqual([]);
  }
});

/** What follows the program's name in each line that calls it, up to a comment or another program. */
function commandLines(block: string): string[] {
  const calls = /(?:^|\s|&&)(?:\$ )?(?:bin\/fmnist\.js|fmnist) ([a-z][^#|>&\n]*)/g;
  return block.split('\n').flatMap((line) => {
    const isCall = /^(?:\$ |- run: |npm ci && )?(?:bin\/fmnist\.js|fmnist) /.test(line.trim());
    return isCall ? [...line.matchAll(calls)].map(([, call = '']) => call.trim()) : [];
  });
}

function aliases(command: Command | undefined): string[] {
  return Object.values(command?.flags ?? {}).flatMap(({ alias = [] }) => alias);
}

const schema = modelConfigSchema.toJSONSchema({ io: 'input' });
const missingIn = (page: string, names: readonly string[]) =>
  names.filter((name) => !read(page).includes(`\`${name}\``));

it('every layer, optimizer, schedule and setting of a config is explained', () => {
  const { keys, types } = namesIn(schema);
  expect(types).toContain('conv2d');
  expect(keys).toContain('kernelSize');
  expect(missingIn('docs/configs.md', [...keys, ...types, ...ACTIVATIONS])).toEqual([]);
});

it('every layer, optimizer, schedule and activation has its formula', () => {
  expect(missingIn('docs/training-semantics.md', [...namesIn(schema).types, ...ACTIVATIONS])).toEqual([]);
});

/** The keys that objects of a JSON Schema may have, and the `type`s that tell layers, optimizers and schedules apart. */
function namesIn(node: unknown): { keys: string[]; types: string[] } {
  if (typeof node !== 'object' || node === null) return { keys: [], types: [] };
  const { properties = {}, const: type } = node as { properties?: object; const?: unknown };
  const inside = Object.values(node).map(namesIn);
  return {
    keys: [...Object.keys(properties), ...inside.flatMap(({ keys }) => keys)],
    types: [...(typeof type === 'string' ? [type] : []), ...inside.flatMap(({ types }) => types)],
  };
}

it('every exit code is explained', () => {
  const rows = [...read('docs/commands.md').matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes = '']) =>
    codes.split(', '),
  );
  expect(rows.map(Number).sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
});

it('every package that the code stands on has its reason', () => {
  const table = read('docs/architecture.md').split('## Why each dependency is there')[1] ?? '';
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const imported = sources.flatMap((file) =>
    [...read(`src/${file}`).matchAll(/(?:from |import\(|^import )'((?:@[^/']+\/)?[^./'][^/':\n]*)['/]/gm)].map(
      ([, name = '']) => name,
    ),
  );
  const { dependencies } = JSON.parse(read('package.json'));
  const missing = [...new Set([...Object.keys(dependencies), ...imported])].filter((name) => {
    const short = name.replace('@tensorflow/tfjs', '');
    return !table.includes(`\`${name}\``) && !table.includes(`\`${short}\``);
  });
  expect(missing).toEqual([]);
});

it('every link leads to a file and a heading that are there', () => {
  const broken = pages.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)|src="([^"]+)"/g)]
      .filter(([, file = '', anchor, image]) => {
        const target = path.join(path.dirname(page), image ?? file);
        const there = image === undefined && file === '' ? page : target;
        if (!existsSync(path.join(root, there))) return true;
        return anchor !== undefined && !anchors(read(there)).includes(anchor);
      })
      .map(([link]) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

/** Code has brackets of its own. */
function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
}

it('nothing is cited that is not there', () => {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const cited = sources.flatMap((file) => read(path.join('src', file)).match(/\bdocs\/[\w/-]+\.md\b/g) ?? []);
  expect(cited.length).toBeGreaterThan(0);
  expect(cited.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});
