import chalk from 'chalk';
import { asCalled } from '../command-line.js';
import { EXIT, FmnistError, StoppedError } from '../errors.js';
import type { EventLine } from '../training/contracts/events.js';
import { messageLines } from './message.js';

/**
 * An error for a person: one line that says what and where, each problem on a line of its own, and what to do
 * next, with its commands as they are `called` here. Only an unexpected error shows its stack.
 *
 * @param width columns to break lines at, between words; one with a command in it is left whole, to be copied
 */
export function formatError(error: unknown, called: string, width = Number.POSITIVE_INFINITY): string {
  if (error instanceof StoppedError) return `${asCalled(error.message, called)}\n`;
  if (!(error instanceof FmnistError)) return formatUnexpected(error);
  const lines = (label: string, text: string) => messageLines(label, text, called, width);
  return [
    ...lines(`${chalk.red.bold('error')} `, error.message),
    ...error.problems.flatMap((problem) => lines(`  ${chalk.red('•')} `, problem)),
    ...(error.hint === undefined ? [] : lines(`${chalk.cyan('try')}   `, error.hint)),
    '',
  ].join('\n');
}

/** The same for a program: the line that `--json` prints where a command has printed nothing else. */
export function errorLine(error: unknown, called: string): EventLine {
  const message = asCalled(error instanceof Error ? error.message : String(error), called);
  if (!(error instanceof FmnistError)) {
    return { v: 1, event: 'error', message: `unexpected error: ${message}`, problems: [], exitCode: EXIT.unexpected };
  }
  const { problems, hint, exitCode } = error;
  return {
    v: 1,
    event: 'error',
    message,
    problems: [...problems],
    ...(hint !== undefined && { hint: asCalled(hint, called) }),
    exitCode,
  };
}

function formatUnexpected(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${chalk.red.bold('unexpected error')} ${stack}\n${chalk.cyan('try')}   This is a bug in fmnist: please report it with the lines above.\n`;
}
