import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

// Which folder may import which is the linter's (biome.json). It cannot tell types from values: this can.

/** The sources that a file imports values from, beside types. */
function valueImports(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )([^;]*?) from '(\.[^']+)'/gm)]
    .filter(([, names = '']) => !/^\{(?:\s*type \w+(?: as \w+)?,?)+\s*\}$/.test(names))
    .map(([, , source = '']) => source);
}

it('the screen takes only types from the core, but for the list of engine kinds', () => {
  const files = readdirSync('src/ui', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(10);
  const core = /^(?:\.\.\/)+(data|augment|model|engine|training|runs|config|export)\//;
  const values = files.flatMap((file) => valueImports(`src/ui/${file}`).filter((source) => core.test(source)));
  expect(values).toEqual(['../../engine/engine.js']);
});
