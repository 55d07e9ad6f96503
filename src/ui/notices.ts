import path from 'node:path';
import type { RunEnd, RunStart, WarningEvent } from '../training/contracts/events.js';

/** What must be said on every screen about a run's data, one sentence each. */
export function dataNotices(run: RunStart): readonly string[] {
  const notices: string[] = [];
  if (run.data.synthetic)
    notices.push('SYNTHETIC DATA: drawn by the tool, not Fashion-MNIST; the accuracy means nothing.');
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

/** A word of a shell command, quoted where a shell would split or expand it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command to type after a run. Runs are found by name, in the folder `runs` unless another one is named. */
export function nextCommand(end: RunEnd): string {
  const { dir, base } = path.parse(end.run);
  const words = [shellWord(base), ...(dir === 'runs' ? [] : ['--runs-dir', shellWord(dir)])];
  return `fmnist ${end.status === 'stopped' ? 'train --resume' : 'runs show'} ${words.join(' ')}`;
}
