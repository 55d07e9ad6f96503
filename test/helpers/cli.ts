import { type ChildProcess, spawn } from 'node:child_process';
import { FMNIST } from './installed.js';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

export interface CliOptions {
  /** What is run: the installed program where nothing else is named. */
  readonly script?: string;
  readonly cwd?: string;
  /** On top of this process's environment without its own FMNIST_* and TF_* variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for Node itself. */
  readonly node?: readonly string[];
  /** Words that start it, e.g. `strace -f`. */
  readonly within?: readonly string[];
  /** What it reads on standard input. */
  readonly input?: Uint8Array;
  /** Hears of all of stdout so far, whenever there is more, and may signal the process. */
  readonly onStdout?: (stdout: string, child: ChildProcess) => void;
}

/** What a test that failed may have left, which would slow down those after it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs the built command line (`npm run build`) to its end, its output piped. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:FMNIST|TF)_/.test(name));
  const env = { ...Object.fromEntries(inherited), ...options.env };
  const started = performance.now();
  const { within = [], node = [], script = FMNIST } = options;
  const [program = '', ...words] = [...within, process.execPath, ...node, script, ...args];
  const child = spawn(program, words, { cwd: options.cwd, env });
  if (options.input !== undefined) child.stdin.end(options.input);
  running.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.stdout += chunk;
    options.onStdout?.(output.stdout, child);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, ...output, milliseconds: performance.now() - started });
    });
  });
}
