import { execFileSync, spawnSync } from 'node:child_process';

/** Whether tmux is installed: what it keeps in its scrollback no emulator tells. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

let sessions = 0;

/** A program in a window of a tmux server of its own. */
export class Tmux {
  private readonly server = `fmnist-${process.pid}-${++sessions}`;

  constructor(
    command: readonly string[],
    columns: number,
    rows: number,
    readonly cwd: string,
  ) {
    const size = ['-x', String(columns), '-y', String(rows)];
    this.tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', cwd, ...command);
  }

  /** As typed at the keyboard, in tmux's names of keys. */
  type(...keys: readonly string[]): void {
    this.tmux('send-keys', ...keys);
  }

  get screen(): string {
    return this.tmux('capture-pane', '-p');
  }

  /** Scrollback and screen. */
  get everything(): string {
    return this.tmux('capture-pane', '-p', '-S', '-');
  }

  /** Waits for what the screen must show; on failure says what it showed. */
  async until(what: (screen: string) => boolean, patience = 10_000): Promise<string> {
    for (const giveUp = Date.now() + patience; ; ) {
      const { screen } = this;
      if (what(screen)) return screen;
      if (Date.now() > giveUp) throw new Error(`the screen never showed it:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  close(): void {
    this.tmux('kill-server');
  }

  private tmux(...args: readonly string[]): string {
    const env = { ...process.env, TMUX: undefined, CI: undefined, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' };
    return execFileSync('tmux', ['-L', this.server, '-u', ...args], { encoding: 'utf8', env, stdio: 'pipe' });
  }
}
