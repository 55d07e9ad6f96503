import type { Context } from '../../context.js';
import { serveFolder } from '../../export/serve.js';

/**
 * Serves an exported page to the browsers of this machine until somebody wishes that it ends.
 *
 * @param opened hears of its address
 * @throws DataError when the port is taken
 */
export async function servePage(
  folder: string,
  port: number,
  { interrupts }: Context,
  opened: (url: string) => void,
): Promise<void> {
  const { url, close } = await serveFolder(folder, port);
  const { signal, release } = interrupts.hold(() => {});
  try {
    opened(url);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    release();
    await close();
  }
}
