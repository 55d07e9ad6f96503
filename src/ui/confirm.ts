import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../errors.js';
import type { InStream, OutStream } from './streams.js';

/** Where somebody is asked. */
interface Asking {
  readonly stdin: InStream;
  readonly stderr: OutStream;
}

/** Asks on stderr, so that stdout stays clean. Anything but a yes is a no. */
export async function confirm(question: string, { stdin, stderr }: Asking): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    // Ctrl-D closes it without an answer.
    const closed = once(prompt, 'close').then(() => {
      stderr.write('\n');
      return '';
    });
    const answer = await Promise.race([prompt.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

/**
 * The same before something is removed.
 *
 * @throws UsageError where nobody is there to be asked
 */
export async function confirmRemoval(command: string, question: string, asking: Asking): Promise<boolean> {
  if (asking.stdin.isTTY !== true) {
    throw new UsageError(`${command} asks before it removes, and here is no terminal to ask`, {
      hint: 'To remove without being asked: --yes',
    });
  }
  return confirm(question, asking);
}
