import chalk from 'chalk';
import { asCalled } from '../command-line.js';
import { EXIT, FmnistError, StoppedError } from '../errors.js';
import { printable } from '../text.js';
import type { EventLine } from '../training/contracts/events.js';

/**
 * An error for a person: one line that says what and where, each problem on a line of its own, and what to do
 * next, with its commands as they are `called` here. Only an unexpected error shows its stack. Nothing for a run that was asked to stop: its reporter has said so.
 */
export function formatError(error: unknown, called: string): string {
  if (error instanceof StoppedError) return '';
  if (!(error instanceof FmnistError)) return formatUnexpected(error);
  const lines = [`${chalk.red.bold('error')} ${printable(asCalled(error.message, called))}`];
  for (const problem of error.problems) lines.push(`  ${chalk.red('•')} ${printable(problem)}`);
  if (error.hint !== undefined) lines.push(`${chalk.cyan('try')}   ${printable(asCalled(error.hint, called))}`);
  return `${lines.join('\n')}\n`;
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
