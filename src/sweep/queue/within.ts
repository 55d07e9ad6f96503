import { setTimeout } from 'node:timers/promises';

/** Waits for work that may hang, but no longer than this; how it ends does not matter. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work.catch(() => {}), setTimeout(milliseconds, undefined, { ref: false })]);
}
