import { closeSync, constants, openSync } from 'node:fs';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** What this process has set for itself, or has from its own terminal or CI. */
const NOT_INHERITED = /^(?:FMNIST_|TF_|GITHUB_|CI$|NO_COLOR$|FORCE_COLOR$)/;

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A program in a real pseudo-terminal, and the emulator that shows what a person would see. */
export class Terminal {
  /** Everything the program wrote and the emulator has taken in. */
  output = '';
  readonly emulator;
  readonly exit: Promise<{ readonly exitCode: number; readonly signal: number | undefined }>;
  private readonly pty: IPty;
  private readonly shown = new EventTarget();
  private ended = false;

  constructor(command: string, args: readonly string[], { columns, rows, env = {}, cwd }: TerminalOptions) {
    this.emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 1000, allowProposedApi: true });
    const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
    this.pty = spawn(command, [...args], {
      cols: columns,
      rows,
      name: 'xterm-256color',
      env: { ...Object.fromEntries(inherited), TERM: 'xterm-256color', COLORTERM: 'truecolor', ...env } as Record<
        string,
        string
      >,
      ...(cwd !== undefined && { cwd }),
    });
    // node-pty drops what it has not read when the last writer goes: we stay one until the end is read.
    const held = openSync(slave(this.pty), constants.O_RDWR | constants.O_NOCTTY);
    this.pty.onData((data) => {
      this.emulator.write(data, () => {
        this.output += data;
        this.shown.dispatchEvent(new Event('change'));
      });
    });
    this.exit = new Promise((resolve) => {
      this.pty.onExit(({ exitCode, signal }) => {
        this.ended = true;
        closeSync(held);
        resolve({ exitCode, signal: signal || undefined });
      });
    });
  }

  get pid(): number {
    return this.pty.pid;
  }

  type(keys: string): void {
    this.pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    this.pty.resize(columns, rows);
  }

  kill(signal: string): void {
    if (!this.ended) this.pty.kill(signal);
  }

  /** The visible lines, without the blank ends. */
  get screen(): string[] {
    const { baseY } = this.emulator.buffer.active;
    return this.lines(baseY, baseY + this.emulator.rows);
  }

  /** Scrollback and screen. */
  get everything(): string[] {
    return this.lines(0, this.emulator.buffer.active.length);
  }

  /** Whether any line ran over the right edge. */
  get wrapped(): boolean {
    const { active } = this.emulator.buffer;
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.isWrapped === true).includes(true);
  }

  /** Whether the last word about the cursor was to show it. */
  get cursorShown(): boolean {
    return this.output.lastIndexOf('\u001b[?25h') >= this.output.lastIndexOf('\u001b[?25l');
  }

  /**
   * Waits for what the screen must show; on failure says what it showed. It looks after each write: however busy the machine is, what was there
   * only for a moment is seen.
   */
  until(what: (screen: string) => boolean, patience = 30_000): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.drawing) return;
        const screen = this.screen.join('\n');
        if (what(screen)) done(() => resolve(screen));
      };
      const gaveUp = setTimeout(() => {
        done(() => reject(new Error(`the screen never showed it:\n${this.screen.join('\n')}`)));
      }, patience);
      const done = (tell: () => void) => {
        clearTimeout(gaveUp);
        this.shown.removeEventListener('change', look);
        tell();
      };
      this.shown.addEventListener('change', look);
      look();
    });
  }

  /** Whether a frame is half drawn: terminals show it when its synchronised update ends. */
  private get drawing(): boolean {
    return this.output.lastIndexOf('\u001b[?2026h') > this.output.lastIndexOf('\u001b[?2026l');
  }

  /** When the emulator has taken in all that was written. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.emulator.write('', resolve));
  }

  /** When the program has ended and all that it wrote has arrived. */
  async finished(): Promise<{ readonly exitCode: number; readonly signal: number | undefined }> {
    const exit = await this.exit;
    // The exit may be told before the last output.
    for (let seen = -1; seen !== this.output.length; ) {
      seen = this.output.length;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await this.settled();
    return exit;
  }

  private lines(from: number, to: number): string[] {
    const { active } = this.emulator.buffer;
    const lines = Array.from({ length: to - from }, (_, i) => active.getLine(from + i)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd().split('\n');
  }
}

/** The path of the program's side; node-pty has it, but not in its types. */
function slave(pty: IPty): string {
  return (pty as IPty & { readonly ptsName: string }).ptsName;
}
