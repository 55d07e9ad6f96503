import { emitKeypressEvents, type Key } from 'node:readline';
import type { InStream } from '../streams.js';

export type KeyName = 'q' | 's' | 'l' | 'm' | 'left' | 'right' | 'help' | 'interrupt' | 'suspend' | 'quit';

const BY_CONTROL: Readonly<Record<string, KeyName>> = { c: 'interrupt', z: 'suspend', '\\': 'quit' };
const BY_NAME: Readonly<Record<string, KeyName>> = {
  q: 'q',
  s: 's',
  l: 'l',
  m: 'm',
  left: 'left',
  right: 'right',
  h: 'help',
};

/** Reads single keys from a terminal, which must be put in raw mode for that: the terminal's own signals come as keys. */
export class Keys {
  private readonly listener = (text: string | undefined, key: Key) => {
    const name = keyName(text, key);
    if (name !== undefined) this.onKey(name);
  };
  private listening = false;

  constructor(
    private readonly input: InStream,
    private readonly onKey: (key: KeyName) => void,
  ) {}

  start(): void {
    if (!this.listening) {
      emitKeypressEvents(this.input);
      this.input.on('keypress', this.listener);
      // A terminal that is hung up ends its input with an error: the run has its own signal for that.
      this.input.on('error', ignore);
      this.listening = true;
    }
    this.input.setRawMode?.(true);
    this.input.resume();
    // Waiting for keys must not keep a finished program alive.
    this.input.unref?.();
  }

  stop(): void {
    if (!this.listening) return;
    this.listening = false;
    this.input.off('keypress', this.listener);
    this.input.setRawMode?.(false);
    this.input.pause();
  }
}

function ignore(): void {}

function keyName(text: string | undefined, key: Key): KeyName | undefined {
  if (text === '?') return 'help';
  if (text === '\u001c') return 'quit';
  const table = key.ctrl === true ? BY_CONTROL : BY_NAME;
  const name = key.name ?? '';
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
