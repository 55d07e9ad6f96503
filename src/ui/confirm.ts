import { createInterface } from 'node:readline/promises';
import type { InStream, OutStream } from './streams.js';

/** Asks on stderr, so that stdout stays clean. Anything but a yes is a no. */
export async function confirm(question: string, stdin: InStream, stderr: OutStream): Promise<boolean> {
  const prompt = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
