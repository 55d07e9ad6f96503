import path from 'node:path';
import { commandLine, inRunsDir } from '../command-line.js';
import type { RunEnd, RunStart, WarningEvent } from '../training/contracts/events.js';

/** What is said of every figure that comes of them. */
export const SYNTHETIC = 'SYNTHETIC DATA: drawn by the tool, not Fashion-MNIST; the accuracy means nothing.';

/** What must be said on every screen about a run's data, one sentence each. */
export function dataNotices(run: RunStart): readonly string[] {
  const notices: string[] = [];
  if (run.data.synthetic) notices.push(SYNTHETIC);
  if (run.data.validationMode === 'keras' && run.data.augmented > 0) {
    notices.push(
      'Keras validation split: it contains augmented versions of training images, so training images leak into validation.',
    );
  }
  return notices;
}

/** A warning and what to do about it as sentences of one line. */
export function warningText({ message, hint }: WarningEvent): string {
  if (hint === undefined) return message;
  return `${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint}`;
}

/**
 * The command to type after a run.
 *
 * @param again flags of this command line that the run does not remember, to go on as it began
 */
export function nextCommand(end: RunEnd, again: readonly string[]): string {
  const { dir, base } = path.parse(end.run);
  const [what, flags] = end.status === 'stopped' ? [['train', '--resume'], again] : [['runs', 'show'], []];
  return commandLine(...what, base, ...inRunsDir(dir), ...flags);
}

/** Says it of any run. */
export type NextCommand = (end: RunEnd) => string;
