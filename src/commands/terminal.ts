import type { Environment, OutStream } from '../ui/streams.js';

/** Terminals are taken to be this wide where nothing says otherwise. */
const USUAL_WIDTH = 80;

export function terminalWidth(stream: OutStream, env: Environment): number {
  return stream.columns ?? (Number(env.COLUMNS) || USUAL_WIDTH);
}
