// Writes schema/config.json, schema/dataset.json and schema/events.json from the zod schemas: `npm run schema`.
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../dist/config/json-schema.js';
import { manifestJsonSchema } from '../dist/datasets/manifest.js';
import { eventsJsonSchema } from '../dist/training/contracts/events.js';

for (const [file, schema] of [
  ['config.json', configJsonSchema()],
  ['dataset.json', manifestJsonSchema()],
  ['events.json', eventsJsonSchema()],
]) {
  writeFileSync(new URL(`../schema/${file}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
