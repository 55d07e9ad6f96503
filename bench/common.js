// What the comparisons and the checks of a GPU share.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultDataCache, formerDataCache } from '../build/data/cache.js';
import { loadDataset } from '../build/data/dataset.js';

/** A file beside this one. */
export const path = (file) => fileURLToPath(new URL(file, import.meta.url));

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Lines of stderr that say why a process ended, the clearest first: an exception's, a crash's, TensorFlow's log of errors. */
const REASONS = [/^([\w.]*(Error|Exception):|error )/, /Check failed|^F\d{4} |: F /, /^E\d{4} |: E /];

/** A process that ended otherwise than it should. */
export class Ended extends Error {
  constructor(what, { code, signal, stderr }) {
    const lines = stderr.trim().split('\n');
    const reason = REASONS.map((sign) => lines.findLast((line) => sign.test(line))).find(Boolean) ?? lines.at(-1);
    const how = signal === null ? (code === null ? 'did not start' : `ended with ${code}`) : `was ended by ${signal}`;
    super(`${what} ${how}: ${reason.slice(0, 300)}`);
    /** The end of what it wrote. */
    this.stderr = stderr.slice(-4096);
  }
}

/** The folder from which every contestant reads the same data. */
export async function cachedData() {
  await loadDataset();
  return [defaultDataCache('fashion-mnist'), formerDataCache()].find((folder) =>
    existsSync(`${folder}/train-images-idx3-ubyte`),
  );
}
