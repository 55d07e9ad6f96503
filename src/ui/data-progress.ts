import type { DataProgress } from '../data/sources/source.js';
import * as format from './format.js';
import { cut } from './lines.js';
import { liveLine } from './live-lines.js';
import { colourLevel, palette } from './palette.js';
import { progressLine } from './progress-bar.js';
import { type Environment, isInteractive, type OutStream } from './streams.js';

export interface DataProgressView {
  readonly onProgress: (progress: DataProgress) => void;
  /** Takes the bar off the screen. */
  close(): void;
}

/** Shows a download: a bar on a terminal, elsewhere one line for each thing that is fetched. */
export function dataProgress(out: OutStream, env: Environment): DataProgressView {
  return isInteractive(out, env) ? bar(out, env) : lines(out);
}

function lines(out: OutStream): DataProgressView {
  let last = '';
  return {
    onProgress: ({ source, what }) => {
      const line = `data: fetching ${what} from ${source}\n`;
      if (line !== last) out.write(line);
      last = line;
    },
    close: () => undefined,
  };
}

function bar(out: OutStream, env: Environment): DataProgressView {
  const { train, dim } = palette(colourLevel(out, env));
  const line = liveLine(out);
  return {
    onProgress: ({ source, what, fraction = 0, bytes }) => {
      const facts = [what, ...(bytes === undefined ? [] : [format.bytes(bytes)]), source];
      line.show((width) =>
        cut(progressLine({ label: 'data  ', value: fraction, total: 1, facts, width, done: train, left: dim }), width),
      );
    },
    close: line.close,
  };
}
