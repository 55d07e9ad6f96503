import { asCalled } from '../command-line.js';
import { printable } from '../text.js';
import { wrapBehind } from './lines.js';

/**
 * A message behind its label in lines of at most `width` columns, broken between words; one with a command in it is one
 * line, to be copied.
 *
 * @param called what to type to call the program
 */
export function messageLines(label: string, text: string, called: string, width: number): string[] {
  const shown = printable(text);
  const typed = printable(asCalled(text, called));
  return typed === shown ? wrapBehind(label, typed, width) : [`${label}${typed}`];
}
