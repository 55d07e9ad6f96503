// Writes schema/config.json, schema/dataset.json, schema/events.json and schema/sweep.json from the zod schemas: `npm run schema`.
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../build/config/json-schema.js';
import { manifestJsonSchema } from '../build/datasets/manifest.js';
import { sweepJsonSchema } from '../build/sweep/schema.js';
import { eventsJsonSchema } from '../build/training/contracts/events.js';

for (const [file, schema] of [
  ['config.json', configJsonSchema()],
  ['dataset.json', manifestJsonSchema()],
  ['events.json', eventsJsonSchema()],
  ['sweep.json', sweepJsonSchema()],
]) {
  writeFileSync(new URL(`../schema/${file}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
