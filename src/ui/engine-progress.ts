import { colourLevel } from './colour-level.js';
import * as format from './format.js';
import { cut } from './lines.js';
import { liveLine } from './live-lines.js';
import { palette } from './palette.js';
import { progressLine } from './progress-bar.js';
import { type Environment, isInteractive, type OutStream } from './streams.js';
import { Transfer } from './transfer.js';

/** How far the setting up of an engine is; bytes, or 0 of 0 where it cannot be measured. */
export interface EngineProgress {
  readonly phase: 'wait' | 'sources' | 'download' | 'unpack' | 'compile' | 'check' | 'pack';
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
  pack: 'packing',
};

/** A log gets a line for each phase, and one now and then within it: a download of gigabytes must not look like a hang. */
const HEARTBEAT_MS = 30_000;

/** Shows how native TensorFlow is set up: a bar on a terminal, elsewhere a line now and then. */
export function engineProgress(out: OutStream, env: Environment): EngineProgressView {
  return isInteractive(out, env) ? bar(out, env) : lines(out);
}

function lines(out: OutStream, now = () => performance.now()): EngineProgressView {
  const transfer = new Transfer(now);
  let last: { readonly phase: string; readonly at: number } | undefined;
  return {
    onProgress: ({ phase, what, done, total }) => {
      const facts = total > 0 ? transfer.facts(phase, done, total) : [];
      const isNew = last === undefined || phase !== last.phase;
      if (last !== undefined && !isNew && now() - last.at < HEARTBEAT_MS) return;
      last = { phase, at: now() };
      const size = total > 0 ? ` (${isNew ? format.bytes(total) : facts.join(', ')})` : '';
      out.write(`engine: ${WORDS[phase]} ${what}${size}\n`);
    },
    close: () => undefined,
  };
}

function bar(out: OutStream, env: Environment): EngineProgressView {
  const { train, dim } = palette(colourLevel(out, env));
  const line = liveLine(out);
  const transfer = new Transfer();
  return {
    onProgress: ({ phase, what, done, total }) => {
      const size = total > 0 ? transfer.facts(phase, done, total) : [];
      const facts = [WORDS[phase], ...size, what];
      line.show((width) =>
        cut(progressLine({ label: 'engine', value: done, total, facts, width, done: train, left: dim }), width),
      );
    },
    close: line.close,
  };
}
