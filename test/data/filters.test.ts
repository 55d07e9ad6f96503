import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { correlate, FILTER_NAMES, FILTERS } from '../../src/data/pictures/filters.js';
import { distance } from '../helpers/engines.js';

const Golden = z.object({
  shape: z.tuple([z.number(), z.number()]),
  image: z.array(z.number()),
  results: z.record(z.string(), z.array(z.number())),
});

it("the filters written by hand give what SciPy's ndimage.correlate gives", () => {
  const text = readFileSync(new URL('../fixtures/filters.json', import.meta.url), 'utf8');
  const { shape, image, results } = Golden.parse(JSON.parse(text));
  for (const name of FILTER_NAMES) {
    const ours = correlate(Float32Array.from(image), shape, FILTERS[name]);
    expect(distance(ours, results[name] ?? []), name).toBeLessThanOrEqual(1e-5);
  }
  expect(Object.keys(results)).toEqual(FILTER_NAMES);
});
