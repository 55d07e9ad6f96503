import * as z from 'zod';
import { modelConfigSchema } from './schema.js';

/** The config's JSON Schema for editors, as it stands in `schema/config.json`: what one writes, before defaults. */
export function configJsonSchema(): object {
  return {
    title: 'fmnist model config',
    ...z.toJSONSchema(modelConfigSchema, { io: 'input', target: 'draft-7' }),
  };
}
