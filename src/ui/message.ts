import { asCalled } from '../command-line.js';
import { printable } from '../text.js';
import { wrapAdvice, wrapBehind } from './lines.js';

/** A message that ends in a command to type: `See its flags: $0 train --help`. */
const THEN_COMMAND = /^(.*:) (\$0 (?:(?![.,;] ).)*)$/;

/**
 * A message behind its label in lines of at most `width` columns: words are broken between, a command at its end as a
 * shell takes it. One with a command in the midst of its words is one line, to be copied.
 *
 * @param called what to type to call the program
 */
export function messageLines(label: string, text: string, called: string, width: number): string[] {
  const shown = printable(text);
  const [, words = '', command] = THEN_COMMAND.exec(shown) ?? [];
  if (command !== undefined) return wrapAdvice(label, words, asCalled(command, called), width);
  const typed = asCalled(shown, called);
  return typed === shown ? wrapBehind(label, typed, width) : [`${label}${typed}`];
}
