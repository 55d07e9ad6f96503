import type { Environment, OutStream } from './streams.js';

/** Terminals are taken to be this wide where nothing says otherwise. */
const USUAL_WIDTH = 80;

export function terminalWidth(stream: OutStream, env: Environment): number {
  return stream.columns ?? (Number(env.COLUMNS) || USUAL_WIDTH);
}

/** How to draw on stdout: the columns that it has and the colours that it takes. */
export async function stdoutView() {
  const { colourLevel, palette } = await import('./palette.js');
  const { env, stdout } = process;
  return { columns: terminalWidth(stdout, env), palette: palette(colourLevel(stdout, env)) };
}
