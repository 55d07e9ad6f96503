import * as format from './format.js';

/** Shorter than this a speed says nothing. */
const LEAST_SECONDS = 1;

/** How something comes in that is counted in bytes: its size, its speed, and the time that is left. */
export class Transfer {
  private what = '';
  private first = { at: 0, bytes: 0 };

  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * `12.40 of 29.45 MB`, `3.1 MB/s`, `00:06 left`: as much of it as is known.
   *
   * @param what names the transfer: another one begins anew
   */
  facts(what: string, bytes: number, total: number | undefined): string[] {
    if (what !== this.what) {
      this.what = what;
      this.first = { at: this.now(), bytes };
    }
    const size = total === undefined ? format.bytes(bytes) : `${format.bytes(bytes)} of ${format.bytes(total)}`;
    const seconds = (this.now() - this.first.at) / 1000;
    const speed = (bytes - this.first.bytes) / seconds;
    if (seconds < LEAST_SECONDS || speed <= 0) return [size];
    const left = total === undefined ? [] : [`${format.clock((total - bytes) / speed)} left`];
    return [size, `${format.bytes(speed)}/s`, ...left];
  }
}
