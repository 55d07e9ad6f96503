import { Presets, SingleBar } from 'cli-progress';
import type { DataProgress } from '../data/sources/source.js';
import { type Environment, isInteractive, type OutStream } from './streams.js';
import { formatBytes } from './units.js';

export interface DataProgressView {
  readonly onProgress: (progress: DataProgress) => void;
  /** Takes the bar off the screen. */
  close(): void;
}

/** Shows a download: a bar on a terminal, elsewhere one line for each thing that is fetched. */
export function dataProgress(out: OutStream, env: Environment): DataProgressView {
  return isInteractive(out, env) ? bar(out) : lines(out);
}

function lines(out: OutStream): DataProgressView {
  let last = '';
  return {
    onProgress: ({ source, what }) => {
      const line = `fetching ${what} from ${source}\n`;
      if (line !== last) out.write(line);
      last = line;
    },
    close: () => undefined,
  };
}

function bar(out: OutStream): DataProgressView {
  const view = new SingleBar(
    {
      stream: out,
      format: '{bar} {percentage}%  {what}{size}  {source}',
      barsize: 20,
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
      fps: 8,
    },
    Presets.rect,
  );
  let started = false;
  return {
    onProgress: ({ source, what, fraction = 0, bytes }) => {
      const payload = { source, what, size: bytes === undefined ? '' : ` ${formatBytes(bytes)}` };
      if (started) view.update(fraction, payload);
      else view.start(1, fraction, payload);
      started = true;
    },
    close: () => {
      if (started) view.stop();
      started = false;
    },
  };
}
