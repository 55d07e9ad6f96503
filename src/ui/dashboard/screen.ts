import cliCursor from 'cli-cursor';
import { cut, stringWidth } from '../lines.js';
import { safeText, writeControl } from '../output.js';
import type { OutStream } from '../streams.js';

const ESC = '\u001b[';

/**
 * The one writer of a terminal: a frame redrawn in place in the normal buffer, below what was printed before.
 * Frames must fit the screen (see `renderFrame`); the cursor is hidden while one is up.
 */
export class Screen {
  private frame: readonly string[] = [];
  /** Lines of a frame that a shrinking window pushed into the scrollback, and gives back when it grows. */
  private scrolledOff = 0;
  private rows: number;

  constructor(private readonly out: OutStream) {
    this.rows = this.size().rows;
  }

  size(): { readonly columns: number; readonly rows: number } {
    // Some terminals (and pipes that pretend) say 0.
    return { columns: this.out.columns || 80, rows: this.out.rows || 24 };
  }

  /** One write, in synchronised output, of the lines that changed. */
  draw(frame: readonly string[]): void {
    const { columns } = this.size();
    const lines = frame.map((line) => {
      const safe = safeText(line);
      // What was made visible takes more room than it was given.
      return safe === line ? line : cut(safe, columns - 1);
    });
    if (this.frame.length === 0) cliCursor.hide(this.out);
    this.replaceFrame(lines.map((line, i) => (line === this.frame[i] ? '' : `${line}${ESC}K`)));
    this.frame = lines;
  }

  /** Prints lines to stay, above the frame, which is written again below them. */
  print(lines: readonly string[]): void {
    this.replaceFrame([...lines.map((line) => safeText(line)), ...this.frame].map((line) => `${line}${ESC}K`));
  }

  /** In synchronised output, so that no terminal shows half of it. Keys typed before they were listened to stand where it begins. */
  private replaceFrame(lines: readonly string[]): void {
    const up = this.frame.length === 0 ? '' : `${ESC}${this.frame.length}A`;
    writeControl(this.out, `${ESC}?2026h\r${up}${lines.join('\n')}\n${ESC}J${ESC}?2026l`);
  }

  /**
   * Takes the frame away. A window that became narrower has wrapped its lines, one that became lower has pushed some
   * out at the top: both are counted. Those belong to the scrollback, where they cannot be erased, until the window
   * grows and they come back. Moving up stops at the screen's top.
   */
  erase(): void {
    const { columns, rows } = this.size();
    const returned = Math.min(this.scrolledOff, Math.max(0, rows - this.rows));
    this.scrolledOff -= returned;
    this.rows = rows;
    if (this.frame.length === 0) return;
    const height = this.frame.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0);
    this.scrolledOff += Math.max(0, height - (rows - 1));
    // tmux keeps in its scrollback what a clearing from the upper left corner takes away: the first line goes by itself.
    writeControl(this.out, `\r${ESC}${height + returned}A${ESC}K\n${ESC}J${ESC}1A`);
    this.forget();
  }

  /** The frame is no longer where it was (another program wrote): the next one starts at the cursor. */
  forget(): void {
    this.frame = [];
  }

  /** Takes the frame away and gives the cursor back. */
  close(): void {
    this.erase();
    cliCursor.show(this.out);
  }
}
