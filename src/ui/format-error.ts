import chalk from 'chalk';
import { FmnistError, StoppedError } from '../errors.js';
import { printable } from '../text.js';

/**
 * An error for a person: one line that says what and where, each problem on a line of its own, and what to do
 * next. Only an unexpected error shows its stack. Nothing for a run that was asked to stop: its reporter has said so.
 */
export function formatError(error: unknown): string {
  if (error instanceof StoppedError) return '';
  if (!(error instanceof FmnistError)) return formatUnexpected(error);
  const lines = [`${chalk.red.bold('error')} ${printable(error.message)}`];
  for (const problem of error.problems) lines.push(`  ${chalk.red('•')} ${printable(problem)}`);
  if (error.hint !== undefined) lines.push(`${chalk.cyan('try')}   ${error.hint}`);
  return `${lines.join('\n')}\n`;
}

function formatUnexpected(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${chalk.red.bold('unexpected error')} ${stack}\n${chalk.cyan('try')}   This is a bug in fmnist: please report it with the lines above.\n`;
}
