import { cut } from './lines.js';
import { liveLine } from './live-lines.js';
import { colourLevel, palette } from './palette.js';
import { progressLine } from './progress-bar.js';
import { type Environment, isInteractive, type OutStream } from './streams.js';

/** How far the setting up of an engine is; bytes, or 0 of 0 where it cannot be measured. */
export interface EngineProgress {
  readonly phase: 'wait' | 'sources' | 'download' | 'unpack' | 'compile' | 'check';
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

export interface EngineProgressView {
  readonly onProgress: (progress: EngineProgress) => void;
  /** Takes the bar off the screen. */
  close(): void;
}

const WORDS: Readonly<Record<EngineProgress['phase'], string>> = {
  wait: 'waiting',
  sources: 'fetching',
  download: 'downloading',
  unpack: 'unpacking',
  compile: 'compiling',
  check: 'checking',
};

/** A log gets a line at each fifth of a phase: a download of gigabytes must not look like a hang. */
const LINES_PER_PHASE = 5;

/** Shows how native TensorFlow is set up: a bar on a terminal, elsewhere a line now and then. */
export function engineProgress(out: OutStream, env: Environment): EngineProgressView {
  return isInteractive(out, env) ? bar(out, env) : lines(out);
}

function lines(out: OutStream): EngineProgressView {
  let last = '';
  return {
    onProgress: ({ phase, what, done, total }) => {
      const part = total > 0 ? Math.floor((done / total) * LINES_PER_PHASE) : 0;
      const key = `${phase} ${part}`;
      if (key === last) return;
      last = key;
      const size = total > 0 ? ` (${megabytes(done)} of ${megabytes(total)})` : '';
      out.write(`engine: ${WORDS[phase]} ${what}${size}\n`);
    },
    close: () => undefined,
  };
}

function bar(out: OutStream, env: Environment): EngineProgressView {
  const { train, dim } = palette(colourLevel(out, env));
  const line = liveLine(out);
  return {
    onProgress: ({ phase, what, done, total }) => {
      const size = total > 0 ? [`${megabytes(done)} of ${megabytes(total)}`] : [];
      const facts = [`${WORDS[phase]} ${what}`, ...size];
      line.show((width) =>
        cut(progressLine({ label: 'engine', value: done, total, facts, width, done: train, left: dim }), width),
      );
    },
    close: line.close,
  };
}

/** Decimal, as downloads are counted. */
function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
