import { WriteStream } from 'node:tty';
import type { Environment, OutStream } from './streams.js';

/** chalk's: none, 16 colours, 256, truecolor. */
export type ColourLevel = 0 | 1 | 2 | 3;

/** Honours NO_COLOR, FORCE_COLOR, TERM, COLORTERM … as Node's own streams do. */
export function colourLevel(stream: OutStream, env: Environment): ColourLevel {
  if (stream.isTTY !== true && env.FORCE_COLOR === undefined) return 0;
  // An empty NO_COLOR means nothing (no-color.org), but Node 20 obeys it.
  const { NO_COLOR: noColour, ...rest } = env;
  const set = noColour === undefined || noColour === '' ? rest : env;
  switch (WriteStream.prototype.getColorDepth.call(undefined, set)) {
    case 24:
      return 3;
    case 8:
      return 2;
    case 4:
      return 1;
    default:
      return 0;
  }
}
