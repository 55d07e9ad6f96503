import { colourLevel } from './colour-level.js';
import type { Environment, OutStream } from './streams.js';

/** Colours and weights as `palette` and `pixels` make them: 0, 1, 2, 22, foregrounds and backgrounds of any depth. */
const COLOUR = '(?:0|1|2|22|3[0-79]|9[0-7]|49|[34]8;5;\\d{1,3}|[34]8;2;\\d{1,3};\\d{1,3};\\d{1,3})';
/** What may stand in printed text of all that steers a terminal: colours, and the cursor hidden or shown. */
const OURS = `\\u001b\\[(?:${COLOUR}(?:;${COLOUR})*m|\\?25[hl])`;
/** Control characters but new line and tab, and those that turn the direction of writing, which make text lie. */
const STEERING = '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]';
const OURS_OR_STEERING = new RegExp(`(${OURS})|${STEERING}`, 'g');

/**
 * Text that a terminal cannot be steered with: what could is shown as `\u001b` and the like, as JSON has it.
 *
 * @param coloured whether colours and weights stay
 */
export function safeText(text: string, coloured = true): string {
  return text.replace(OURS_OR_STEERING, (char, ours?: string) => {
    if (ours === undefined) return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return coloured || !ours.endsWith('m') ? ours : '';
  });
}

const unguarded = new WeakMap<OutStream, (text: string) => void>();

/**
 * Makes whatever anybody writes to the stream pass {@link safeText}: names of files, messages of libraries, all that a
 * run's records hold, may have been made by somebody who means harm. This is the one way out, so that no screen can
 * forget it, nor colour what takes none.
 */
export function guardOutput(stream: OutStream, env: Environment): void {
  if (unguarded.has(stream)) return;
  const write = stream.write.bind(stream);
  const coloured = colourLevel(stream, env) > 0;
  unguarded.set(stream, (text) => write(text));
  const guarded = (chunk: Uint8Array | string, ...rest: []) =>
    write(safeText(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'), coloured), ...rest);
  // `write` is overloaded, and what comes after the chunk is passed on as it is.
  stream.write = guarded as typeof stream.write;
}

/** Writes what moves the cursor and clears lines: for the one writer of frames, whose lines are {@link safeText}. */
export function writeControl(stream: OutStream, text: string): void {
  const write = unguarded.get(stream);
  if (write === undefined) stream.write(text);
  else write(text);
}
