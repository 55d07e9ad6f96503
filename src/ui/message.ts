import { asCalled } from '../command-line.js';
import { printable } from '../text.js';
import { stringWidth, wrapBehind, wrapCommand } from './lines.js';

/** A message that ends in a command to type: `See its flags: $0 train --help`. */
const THEN_COMMAND = /^(.*:) (\$0 (?:(?![.,;] ).)*)$/;

/**
 * A message behind its label in lines of at most `width` columns: words are broken between, a command at its end as a
 * shell takes it. One with a command in the midst of its words is one line, to be copied.
 *
 * @param called what to type to call the program
 */
export function messageLines(label: string, text: string, called: string, width: number): string[] {
  const typed = printable(asCalled(text, called));
  if (stringWidth(label + typed) <= width) return [`${label}${typed}`];
  const [, words = '', command = ''] = THEN_COMMAND.exec(printable(text)) ?? [];
  if (command !== '') {
    const indent = ' '.repeat(stringWidth(label));
    const lines = wrapCommand(asCalled(command, called), width - indent.length);
    return [...wrapBehind(label, words, width), ...lines.map((line) => `${indent}${line}`)];
  }
  return typed === printable(text) ? wrapBehind(label, typed, width) : [`${label}${typed}`];
}
