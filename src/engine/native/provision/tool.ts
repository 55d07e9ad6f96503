import { spawn } from 'node:child_process';
import { hasCode } from '../../../files/errors.js';

export interface ToolResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was ended since its time was over. */
  readonly late: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

const KEPT = 200_000;
const TICK_MS = 1000;

/** Runs a program to its end; undefined where the system has no such program. Only the end of long output is kept. */
export async function runTool(
  command: string,
  args: readonly string[],
  { env, cwd, signal, timeoutMs }: ToolOptions,
): Promise<ToolResult | undefined> {
  const child = spawn(command, args, {
    // Messages in English, whatever the user's language: some are recognised.
    env: { ...env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-KEPT);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT);
  });
  // spawn's own timeout keeps the process alive for its whole length where there is no such program. Counted in ticks: time
  // in which this process was stopped (Ctrl-Z) gave the program none either, and is not held against it.
  let left = timeoutMs ?? Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    left -= TICK_MS;
    if (left <= 0) child.kill();
  }, TICK_MS);
  try {
    return await new Promise<ToolResult>((resolve, reject) => {
      child
        .on('error', reject)
        .on('close', (code, ended) => resolve({ code, signal: ended, late: left <= 0, stdout, stderr }));
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (hasCode(error, 'ENOENT', 'EACCES')) return undefined;
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** The last `count` lines that say something. */
export function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n');
}
