// A process that trains and answers how long steps took: bench/worker.js, or one of the peers.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Ended, median } from './common.js';

/** Milliseconds a block should take: long enough to time, short enough to take turns often. */
const BLOCK_MS = 600;

export class Contestant {
  constructor(name, command, args) {
    this.name = name;
    // With a process group of its own, so that what it starts ends with it.
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.blocks = [];
    this.stderr = '';
    this.child.stdin.on('error', () => {});
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr = (this.stderr + text).slice(-4096);
    });
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve({ code: null, signal: null, stderr: error.message }));
      // Its pipes may stay open for longer: those whom it started hold them too.
      this.child.on('exit', (code, signal) => {
        const end = () => resolve({ code, signal, stderr: this.stderr });
        this.child.on('close', end);
        setTimeout(end, 500);
      });
    });
  }

  /** Its next line of JSON; whatever else a library prints is passed over. */
  async answer() {
    for (;;) {
      const { done, value } = await Promise.race([this.lines.next(), this.ended.then(() => ({ done: true }))]);
      if (done) throw new Ended(this.name, await this.ended);
      if (value.startsWith('{')) return JSON.parse(value);
    }
  }

  /** Milliseconds a step. */
  async time(steps) {
    this.child.stdin.write(`${steps}\n`);
    return ((await this.answer()).seconds / steps) * 1000;
  }

  /** Waits until it can train, and has. */
  async ready() {
    await this.answer();
    await this.time(5);
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

  /** Ends it at once, with all that it started. */
  kill() {
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It is gone, or was never there.
    }
  }

  async close() {
    this.kill();
    await this.ended;
  }
}
