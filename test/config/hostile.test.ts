import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { bundledModels, bundledPath } from '../../src/config/bundled.js';
import { loadConfig, parseConfig } from '../../src/config/load.js';
import { UsageError } from '../../src/errors.js';
import { buildModel } from '../../src/model/build.js';
import { FASHION_MNIST } from '../helpers/model-input.js';

const folder = mkdtempSync(join(tmpdir(), 'fmnist-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A typed error with something to say, or a config whose model stands. */
function errorOrModel(load: () => ReturnType<typeof loadConfig>): void {
  try {
    expect(buildModel(load(), FASHION_MNIST).parameters.total).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expect(error.message).not.toBe('');
    expect(error.message).not.toContain('\n');
    for (const problem of error.problems) expect(problem).toMatch(/^[\w$].*: ./);
  }
}

function loadBytes(bytes: Uint8Array) {
  const path = join(folder, 'config.json');
  writeFileSync(path, bytes);
  return loadConfig(path);
}

const sources = bundledModels().map((name) => readFileSync(bundledPath(name)));

it('random bytes are refused, not crashed on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => errorOrModel(() => loadBytes(bytes))),
    {
      numRuns: 200,
    },
  );
});

it('bundled configs with bytes changed or cut off give an error or a model', () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  const mutation = fc.tuple(fc.constantFrom(...sources), fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat());
  fc.assert(
    fc.property(mutation, ([source, changes, cut]) => {
      const bytes = Uint8Array.from(source);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const length = cut % 3 === 0 ? cut % bytes.length : bytes.length;
      errorOrModel(() => loadBytes(bytes.subarray(0, length)));
    }),
    { numRuns: 400 },
  );
});

/** Every place of a JSON value that a mutation can go to. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, child]) => places(child, [...path, key]))];
}

function replaceAt(value: unknown, path: readonly (string | number)[], replacement: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return replacement;
  const copy: unknown = structuredClone(value);
  const holder = copy as Record<string | number, unknown>;
  holder[head] = replaceAt(holder[head], rest, replacement);
  return copy;
}

it('bundled configs with any value replaced by any JSON give an error or a model', () => {
  const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(0, -1, 1e9, 0.5, '', 'relu', 'softmax', [], {}, [1, 2], null));
  fc.assert(
    fc.property(fc.constantFrom(...sources), fc.nat(), odd, (source, where, replacement) => {
      const raw: unknown = JSON.parse(source.toString());
      const all = places(raw);
      errorOrModel(() => parseConfig(replaceAt(raw, all[where % all.length] ?? [], replacement), 'mutated'));
    }),
    { numRuns: 1000 },
  );
});
