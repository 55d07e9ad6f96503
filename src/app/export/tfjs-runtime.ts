import path from 'node:path';
import { asInput } from '../../export/format.js';
import { serveFolder } from '../../export/serve.js';
import type { OpenRuntime } from './runtime.js';

/**
 * tfjs on WebAssembly.
 *
 * @param inside the folder of the model within the export
 */
export function tfjsRuntime(inside: string): OpenRuntime {
  return async () => {
    const { openTfjs } = await import('../../export/tfjs/run.js');
    return {
      name: 'tfjs on WASM',
      run: async (out, { model, input }, images) => {
        // By HTTP, as browsers do: Node's tfjs opens no files.
        const { url, close } = await serveFolder(path.join(out, inside), 0);
        try {
          return await openTfjs(`${url}model.json`, asInput(model, input, images));
        } finally {
          await close();
        }
      },
    };
  };
}
