import { asCalled } from '../command-line.js';
import { wrapCommand } from './lines.js';
import type { Environment, OutStream } from './streams.js';

/** Terminals are taken to be this wide where nothing says otherwise. */
const USUAL_WIDTH = 80;

/** A stream to draw on, and the environment that says what it can. */
export interface Canvas {
  readonly stdout: OutStream;
  readonly env: Environment;
}

/** A stream to print on, and how the program was called. */
export interface Printing {
  readonly stdout: OutStream;
  readonly called: string;
}

/** A terminal that does not know its width says 0. */
export function terminalWidth(stream: OutStream, env: Environment): number {
  return stream.columns || Number(env.COLUMNS) || USUAL_WIDTH;
}

/** Columns for a table: those of the terminal but the last, since some wrap a line that ends there; no limit in a pipe. */
export function tableWidth({ stdout, env }: Canvas): number {
  return (stdout.columns || Number(env.COLUMNS) || Number.POSITIVE_INFINITY) - 1;
}

/** Columns that text is broken at: those of the terminal but the last; no limit anywhere else, where lines are searched and read by programs. */
export function terminalLine({ columns }: OutStream): number {
  return (columns || Number.POSITIVE_INFINITY) - 1;
}

/** How to draw there: the columns that it has, and the colours and pixels that it takes. */
export async function viewOf({ stdout, env }: Canvas) {
  const { colourLevel } = await import('./colour-level.js');
  const { palette } = await import('./palette.js');
  const { colourMode } = await import('./pixels.js');
  return {
    columns: terminalWidth(stdout, env),
    palette: palette(colourLevel(stdout, env)),
    pictures: colourMode(stdout, env),
  };
}

/** The same for a table, and how wide it may be. */
export async function tableViewOf(canvas: Canvas) {
  return { ...(await viewOf(canvas)), width: tableWidth(canvas) };
}

/** Lines with commands to type in them, as they are typed here; the one to type next in lines that a terminal does not wrap. */
export function printLines({ stdout, called }: Printing, lines: readonly string[]): void {
  const width = terminalLine(stdout);
  const typed = lines.map((line) => asCalled(line, called));
  const fitting = typed.flatMap((line) => (line.startsWith('next: ') ? wrapCommand(line, width) : [line]));
  stdout.write(`${fitting.join('\n')}\n`);
}

/** Says which file was written besides, where one was. */
export function printWritten(stdout: OutStream, file: string | undefined): void {
  if (file !== undefined) stdout.write(`wrote ${file}\n`);
}

/** One JSON document on a line of its own. */
export function printJson(stdout: OutStream, document: unknown): void {
  stdout.write(`${JSON.stringify(document)}\n`);
}
