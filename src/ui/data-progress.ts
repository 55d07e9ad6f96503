import type { DataProgress } from '../data/sources/source.js';
import { colourLevel } from './colour-level.js';
import { cut } from './lines.js';
import { liveLine } from './live-lines.js';
import { palette } from './palette.js';
import { progressLine } from './progress-bar.js';
import { type Environment, isInteractive, type OutStream } from './streams.js';
import { Transfer } from './transfer.js';

export interface DataProgressView {
  readonly onProgress: (progress: DataProgress) => void;
  /** Takes the bar off the screen. */
  close(): void;
}

/** Shows a download: a bar on a terminal, elsewhere one line for each thing that is fetched. */
export function dataProgress(out: OutStream, env: Environment): DataProgressView {
  return isInteractive(out, env) ? bar(out, env) : lines(out);
}

/** Of places that do not answer a log hears in one line: that of the place that does. */
function lines(out: OutStream): DataProgressView {
  const said = new Set<string>();
  let told = 0;
  return {
    onProgress: ({ source, what, asking = false, unreachable = [] }) => {
      const line = `data: fetching ${what} from ${source}`;
      if (asking || said.has(line)) return;
      said.add(line);
      const passed = unreachable.length > told ? ` (passed over: ${unreachable.join(', ')})` : '';
      told = unreachable.length;
      out.write(`${line}${passed}\n`);
    },
    close: () => undefined,
  };
}

function bar(out: OutStream, env: Environment): DataProgressView {
  const { train, dim } = palette(colourLevel(out, env));
  const line = liveLine(out);
  const transfer = new Transfer();
  return {
    onProgress: ({ source, what, fraction = 0, bytes }) => {
      const total = fraction > 0 ? (bytes ?? 0) / fraction : undefined;
      const size = bytes === undefined ? [] : transfer.facts(`${source} ${what}`, bytes, total);
      const facts = [...size, what, source];
      line.show((width) =>
        cut(progressLine({ label: 'data  ', value: fraction, total: 1, facts, width, done: train, left: dim }), width),
      );
    },
    close: line.close,
  };
}
