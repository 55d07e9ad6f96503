import { stripVTControlCharacters } from 'node:util';
import sliceAnsi from 'slice-ansi';
import wideStringWidth from 'string-width';

/** Characters one column wide each: ASCII, and the box drawing and blocks that charts and bars are made of. */
const NARROW = /^[ -~\u2500-\u259f·]*$/;

/** Columns of a line, colours aside. string-width segments graphemes, which for whole frames of charts takes milliseconds. */
export function stringWidth(line: string): number {
  const text = stripVTControlCharacters(line);
  return NARROW.test(text) ? text.length : wideStringWidth(text);
}

/** At most `width` columns of a line; colours are closed where it is cut. */
export function cut(line: string, width: number): string {
  if (stringWidth(line) <= width) return line;
  const short = sliceAnsi(line, 0, width);
  // A wide character that begins in the last column is kept by sliceAnsi, and would stick out.
  return stringWidth(short) <= width ? short : sliceAnsi(line, 0, width - 1);
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - stringWidth(text))) + text;
}

/** The parts from the first on that fit in one line together; a part is left out whole. */
export function joinToFit(parts: readonly string[], width: number, separator = ' · '): string {
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}${separator}${part}`;
    if (stringWidth(longer) > width && line !== '') return line;
    line = longer;
  }
  return line;
}

/** All parts, in as many lines as they need. A part longer than a line is cut by the terminal, not by us. */
export function joinWrapped(parts: readonly string[], width: number, separator = ' · '): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = `${last}${separator}${part}`;
    if (last !== undefined && stringWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** A sentence in lines broken between words; a word longer than a line (a path) stays whole. */
export function wrapWords(text: string, width: number): string[] {
  return joinWrapped(text.split(' '), width, ' ');
}
