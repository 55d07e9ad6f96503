import { type NormsEvent, normsEventSchema } from '../training/contracts/events.js';
import { readJsonLines } from './json-lines.js';

/** The norms of a run's epochs, as far as they were recorded; of what was recorded twice, the later. */
export async function readNorms(file: string): Promise<NormsEvent[]> {
  const lines = await readJsonLines(file, normsEventSchema);
  return [...new Map(lines.map((line) => [line.epoch, line])).values()];
}
