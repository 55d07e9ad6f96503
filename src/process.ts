import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { calledAs } from './called-as.js';
import type { CommandContext, HeldInterrupts, Interrupts, StopReason } from './context.js';
import { EXIT, type ExitCode } from './errors.js';
import { errorCode } from './files/errors.js';
import { outlivesTerminal } from './hangups.js';
import { messageLines } from './ui/message.js';
import { guardOutput } from './ui/output.js';
import { terminalLine } from './ui/terminal.js';

/** This process as commands know it. */
export function processContext(interrupts: Interrupts): CommandContext {
  const { stdin, stdout, stderr, env } = process;
  const script = process.argv[1] ?? '';
  let known: string | undefined;
  const called = () => (known ??= calledAs({ script, cwd: process.cwd(), env }));
  guardOutput(stdout, env);
  guardOutput(stderr, env);
  return {
    stdin,
    stdout,
    stderr,
    env,
    argv: process.argv.slice(2),
    program: [process.execPath, script],
    // Asked for where a command is printed alone: it looks for the program on the PATH.
    get called() {
      return called();
    },
    cores: availableParallelism(),
    get memoryBytes() {
      return memoryBytes();
    },
    interrupts,
    progress: {
      data: async () => (await import('./ui/data-progress.js')).dataProgress(stderr, env),
      engine: async () => (await import('./ui/engine-progress.js')).engineProgress(stderr, env),
    },
    warn: (message) => {
      const lines = messageLines('warning: ', message, called(), terminalLine(stderr));
      stderr.write(`${lines.join('\n')}\n`);
    },
  };
}

/** What this machine has, or less: what a container (cgroup) gives, or what `ulimit -v` leaves of a process's addresses. */
function memoryBytes(): number {
  // Without a limit Node tells 0 or a number beyond any machine.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), constrained, freeAddresses());
}

/**
 * Bytes that can be counted on under `ulimit -v`; infinite without, and where the system does not tell. TensorFlow asks for
 * memory in regions, each twice the one before, and crashes where it is refused one: a third of what is left.
 */
function freeAddresses(): number {
  try {
    const limit = /^Max address space +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    const taken = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return limit === undefined ? Number.POSITIVE_INFINITY : (Number(limit) - 1024 * Number(taken)) / 3;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const CODES = {
  SIGINT: EXIT.interrupted,
  SIGTERM: EXIT.terminated,
  SIGHUP: EXIT.terminated,
} as const satisfies Partial<Record<NodeJS.Signals, StopReason['exitCode']>>;

/**
 * npm and npx pass a Ctrl-C on that the terminal has already sent to the whole group: what comes so soon after the
 * first is the same wish.
 */
const ONE_WISH_MS = 300;

/**
 * The signals of this process, listened to from the first work that holds them until the end: one that arrives while
 * something blocks is told late, and would be lost to a listener that had come and gone meanwhile. (A listener that stays
 * also keeps cursor restorers, signal-exit, from ending the process.)
 */
export class ProcessInterrupts implements Interrupts {
  readonly #controller = new AbortController();
  readonly #holders = new Set<() => void>();
  readonly #deafToHangups = outlivesTerminal();
  #listening = false;
  #outputLost = false;
  /** Whether a person has been told so. */
  #told = false;
  #first = Number.POSITIVE_INFINITY;

  hold(beforeQuit: () => void): HeldInterrupts {
    this.#listen();
    const holder = () => beforeQuit();
    this.#holders.add(holder);
    return { signal: this.#controller.signal, release: () => this.#holders.delete(holder) };
  }

  /**
   * Output goes nowhere any more. Nobody reading it (`| head -1`) is a wish to end like any other; a disk or terminal that
   * takes no more is an error, but not for work that puts in safety what is worth more than its output.
   */
  outputFailed(error: Error): void {
    this.#outputLost = true;
    const held = this.#holders.size > 0;
    const why = errorCode(error) ?? error.message;
    if (why === 'EPIPE') {
      if (!held) this.#quit(EXIT.ok);
      this.#abort(EXIT.terminated);
    } else if (!this.#told) {
      this.#told = true;
      process.stderr.write(held ? `warning: stdout cannot be written any more (${why})\n` : unwritten(why));
      if (!held) this.#quit(EXIT.unexpected);
    }
  }

  /** Whether what was printed on stdout may have reached nobody. */
  get outputLost(): boolean {
    return this.#outputLost;
  }

  constructor() {
    if (this.#deafToHangups) process.on('SIGHUP', () => {});
    // Of a file that grew to its limit (`ulimit -f`): the write fails then, which is told, instead of the process ending.
    if (process.platform !== 'win32') process.on('SIGXFSZ', () => {});
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    for (const [signal, code] of Object.entries(CODES)) {
      if (signal === 'SIGHUP' && this.#deafToHangups) continue;
      process.on(signal, () => this.#wish(signal === 'SIGHUP', code));
    }
  }

  /** A terminal that closes sends its signal more than once: the further ones are no second wish. */
  #wish(patient: boolean, code: StopReason['exitCode']): void {
    if (this.#holders.size === 0) this.#quit(code);
    if (!this.#controller.signal.aborted) this.#abort(code);
    else if (!patient && performance.now() - this.#first >= ONE_WISH_MS) this.#quit(code);
  }

  #abort(exitCode: StopReason['exitCode']): void {
    if (this.#controller.signal.aborted) return;
    this.#first = performance.now();
    this.#controller.abort({ exitCode } satisfies StopReason);
  }

  #quit(code: ExitCode): never {
    for (const beforeQuit of this.#holders) beforeQuit();
    process.exit(code);
  }
}

function unwritten(why: string): string {
  return `error stdout cannot be written (${why})\ntry   Make room there, or send the output elsewhere.\n`;
}

/** Keeps the process alive when its output cannot be written, as long as there is something to do that is worth more. */
export function watchOutput(interrupts: ProcessInterrupts): void {
  process.stdout.on('error', (error) => interrupts.outputFailed(error));
  // Where even stderr fails there is nobody left to tell, but perhaps a result to write.
  process.stderr.on('error', () => {});
}
