/** How often the same trouble is told again. */
const REMIND_MS = 60_000;

/** Tells people of a server's trouble: once for as long as it lasts, and when it is over. */
export class Outage {
  readonly #label: string;
  readonly #notify: (message: string) => void;
  #told: string | undefined;
  #at = 0;

  constructor(label: string, notify: (message: string) => void) {
    this.#label = label;
    this.#notify = notify;
  }

  /** @param trouble follows the server's name */
  tell(trouble: string): void {
    if (this.#told === trouble && Date.now() - this.#at < REMIND_MS) return;
    this.#notify(`${this.#label} ${trouble}`);
    this.#told = trouble;
    this.#at = Date.now();
  }

  over(): void {
    if (this.#told !== undefined) this.#notify(`${this.#label} is back`);
    this.#told = undefined;
  }
}
