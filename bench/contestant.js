// A process that trains and answers how long steps took: bench/worker.js, or one of the peers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { median } from './common.js';

/** Milliseconds a block should take: long enough to time, short enough to take turns often. */
const BLOCK_MS = 600;

export class Contestant {
  constructor(name, command, args) {
    this.name = name;
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.blocks = [];
  }

  /** Milliseconds a step; undefined when the process is gone. */
  async time(steps) {
    this.child.stdin.write(`${steps}\n`);
    const { value } = await this.lines.next();
    return value === undefined ? undefined : (JSON.parse(value).seconds / steps) * 1000;
  }

  async ready() {
    this.child.stdin.on('error', () => {});
    this.child.on('error', () => {});
    const { done } = await this.lines.next();
    return !done && (await this.time(5)) !== undefined;
  }

  /** Chooses how many steps make a block. */
  async size() {
    this.steps = Math.max(1, Math.round(BLOCK_MS / (await this.time(3))));
  }

  async block() {
    this.blocks.push(await this.time(this.steps));
  }

  /** Milliseconds a step. */
  get median() {
    return median(this.blocks);
  }

  async close() {
    this.child.stdin.end();
    this.child.kill();
    if (this.child.exitCode === null && this.child.pid !== undefined) await once(this.child, 'exit');
  }
}
