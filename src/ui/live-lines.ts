import { Screen } from './dashboard/screen.js';
import type { OutStream } from './streams.js';

/** One line of a terminal that is redrawn in place until it is closed. */
export interface LiveLine {
  /** Sets what the line shows; it is asked for when it is drawn, for the width that there is then. */
  show(line: (width: number) => string): void;
  close(): void;
}

const FRAME_MS = 125;

/** Lines under each other with one writer for them all: data and engine are fetched at the same time. */
class LiveLines {
  private readonly lines = new Map<LiveLine, (width: number) => string>();
  private readonly screen: Screen;
  private drawn = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(out: OutStream) {
    this.screen = new Screen(out);
  }

  open(): LiveLine {
    const line: LiveLine = {
      show: (text) => {
        this.lines.set(line, text);
        this.drawSoon();
      },
      close: () => {
        if (!this.lines.delete(line)) return;
        clearTimeout(this.timer);
        this.timer = undefined;
        if (this.lines.size === 0) this.screen.close();
        else this.draw();
      },
    };
    return line;
  }

  private drawSoon(): void {
    const wait = this.drawn + FRAME_MS - performance.now();
    if (wait <= 0) this.draw();
    // Unreferenced: a frame that is due must not keep the program alive.
    else this.timer ??= setTimeout(() => this.draw(), wait).unref();
  }

  private draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.drawn = performance.now();
    // Some terminals wrap a line that ends in the last column.
    const width = this.screen.size().columns - 1;
    this.screen.draw([...this.lines.values()].map((line) => line(width)));
  }
}

const shared = new WeakMap<OutStream, LiveLines>();

/** A further line at the bottom of this terminal. */
export function liveLine(out: OutStream): LiveLine {
  const lines = shared.get(out) ?? new LiveLines(out);
  shared.set(out, lines);
  return lines.open();
}
