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

/** All parts, in as many lines as they need; one longer than a line is broken between its words. */
export function joinWrapped(parts: readonly string[], width: number, separator = ' · '): string[] {
  return filled(parts, width, separator).flatMap((line) =>
    stringWidth(line) <= width ? [line] : wrapWords(line, width),
  );
}

/** A sentence in lines broken between words; a word longer than a line (a path) stays whole. */
export function wrapWords(text: string, width: number): string[] {
  return filled(text.split(' '), width, ' ');
}

/** The same behind a label, which later lines are indented by. */
export function wrapBehind(label: string, text: string, width: number): string[] {
  const indent = stringWidth(label);
  return wrapWords(text, width - indent).map((line, i) => `${i === 0 ? label : ' '.repeat(indent)}${line}`);
}

function filled(parts: readonly string[], width: number, separator: string): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = `${last}${separator}${part}`;
    if (last !== undefined && stringWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** Words of a shell, and escapes that colour them: what is quoted is one. */
const SHELL_WORDS = /(?:'[^']*'|\\.|[^\s'\\])+/g;
const GOES_ON = ' \\';
const CONTINUED = '  ';

/** A command in lines that a shell reads as one: what a terminal wraps, some copy in pieces. */
export function wrapCommand(command: string, width: number): string[] {
  if (stringWidth(command) <= width) return [command];
  const [first = '', second = '', ...words] = command.match(SHELL_WORDS) ?? [];
  // The program stays beside a label.
  const start = first.endsWith(':') ? [`${first} ${second}`] : [first, second];
  const lines = filled([...start, ...words], width - CONTINUED.length - GOES_ON.length, ' ');
  return lines.map((line, i) => `${i === 0 ? '' : CONTINUED}${line}${i < lines.length - 1 ? GOES_ON : ''}`);
}

/**
 * What to do, behind a label: words that lead to a command, if any, and the command. In one line where there is room, else the
 * words broken as words are, and the command as a shell takes it.
 */
export function wrapAdvice(label: string, words: string, command: string, width: number): string[] {
  const whole = `${label}${words === '' ? '' : `${words} `}${command}`;
  if (stringWidth(whole) <= width) return [whole];
  const indent = ' '.repeat(stringWidth(label));
  const lines = wrapCommand(command, width - indent.length);
  const led = words === '' ? [] : wrapBehind(label, words, width);
  return [...led, ...lines.map((line, i) => `${i === 0 && words === '' ? label : indent}${line}`)];
}
