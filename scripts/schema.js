// Writes schema/config.json, schema/dataset.json, schema/events.json and schema/sweep.json from the zod schemas: `npm run schema`.
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../dist/config/json-schema.js';
import { manifestJsonSchema } from '../dist/datasets/manifest.js';
import { sweepJsonSchema } from '../dist/sweep/schema.js';
import { eventsJsonSchema } from '../dist/training/contracts/events.js';

for (const [file, schema] of [
  ['config.json', configJsonSchema()],
  ['dataset.json', manifestJsonSchema()],
  ['events.json', eventsJsonSchema()],
  ['sweep.json', sweepJsonSchema()],
]) {
  writeFileSync(new URL(`../schema/${file}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
