import path from 'node:path';
import {
  DISK_RETRIES,
  type FileSystem,
  type RetryPolicy,
  retryingWrite,
  writeAtomically,
} from '../files/file-system.js';
import type { WarningEvent } from '../training/contracts/events.js';

/** Writes the files of one run: a write that fails is tried again, then returned as a warning rather than thrown. */
export class DurableWriter {
  readonly files: FileSystem;
  readonly #run: string;
  readonly #retries: RetryPolicy;

  /** `run` names the run in warnings. */
  constructor(run: string, files: FileSystem, retries: RetryPolicy = DISK_RETRIES) {
    this.files = files;
    this.#run = run;
    this.#retries = retries;
  }

  json(file: string, value: unknown): Promise<WarningEvent[]> {
    return this.text(file, `${JSON.stringify(value, null, 2)}\n`);
  }

  text(file: string, text: string): Promise<WarningEvent[]> {
    return this.attempt(path.basename(file), () => writeAtomically(this.files, file, [Buffer.from(text)]));
  }

  /** `what` is the file or kind of file that is written, for people. */
  async attempt(what: string, write: () => Promise<void>): Promise<WarningEvent[]> {
    try {
      await retryingWrite(write, this.#retries);
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [
        {
          event: 'warning',
          message: `could not write ${what} of ${this.#run}: ${reason}`,
          hint: 'Training goes on and tries again; free some space on the disk or repair the folder meanwhile.',
        },
      ];
    }
  }
}
