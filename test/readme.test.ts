import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseConfig } from '../src/config/load.js';
import { buildModel } from '../src/model/build.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const manifest: { dependencies: object; optionalDependencies: object } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

it('the config that the README shows is a valid one', () => {
  const blocks = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json ?? ''));
  expect(blocks.length).toBeGreaterThan(0);
  for (const block of blocks) expect(buildModel(parseConfig(block, 'README')).parameters.total).toBeGreaterThan(0);
});

it('the README says of each dependency why it is there', () => {
  const table = readme.split('### Why each dependency is there')[1] ?? '';
  const missing = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }).filter((name) => {
    const short = name.replace('@tensorflow/tfjs', '');
    return !table.includes(`\`${name}\``) && !table.includes(`\`${short}\``);
  });
  expect(missing).toEqual([]);
});
