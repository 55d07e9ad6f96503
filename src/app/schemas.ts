import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { packageFile } from '../package.js';

/** The JSON Schemas that come with the tool, in `schema/`. */
export const SCHEMA_NAMES = ['config', 'dataset', 'events', 'sweep'] as const;
export type SchemaName = (typeof SCHEMA_NAMES)[number];

/** Its file: an editor can be pointed to it. */
export function schemaPath(name: SchemaName): string {
  return fileURLToPath(packageFile(`schema/${name}.json`));
}

export function readSchema(name: SchemaName): Promise<string> {
  return readFile(schemaPath(name), 'utf8');
}
