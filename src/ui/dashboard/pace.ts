/** 8 frames a second at most. */
const FRAME_MS = 125;
/** Drawing may take this share of the time, however slow the machine or the terminal. */
const BUDGET = 0.008;

/** Says when the next frame is due, from what frames cost so far. */
export class Pace {
  private next = Number.NEGATIVE_INFINITY;
  private cost = 0;

  constructor(private readonly now: () => number) {}

  get due(): boolean {
    return this.now() >= this.next;
  }

  /** Runs `draw` and plans the next frame. */
  measure(draw: () => void): void {
    const start = this.now();
    draw();
    const end = this.now();
    // The first frame, before anything is compiled, must not set the pace of those after it.
    this.cost += (Math.min(end - start, 50) - this.cost) * 0.2;
    this.next = end + Math.max(FRAME_MS, this.cost / BUDGET);
  }
}
