import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FmnistError } from '../../src/errors.js';
import { seededRandom } from '../../src/random.js';
import { listRuns, readRun } from '../../src/runs/read.js';
import { loadTrainedModel } from '../../src/runs/weights.js';
import { recordRun } from '../helpers/recorded-runs.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

describe('the records of a run', () => {
  it('are read or refused with a reason, whatever happened to a file', async () => {
    const runsDir = temporaryFolder();
    const folder = path.join(runsDir, await recordRun(runsDir, { name: 'conv' }));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, name))
      .filter((file) => statSync(file).isFile());
    const random = seededRandom(1, 'mutations');
    let refused = 0;
    for (let n = 0; n < 1000; n++) {
      const file = files[n % files.length] ?? '';
      const whole = readFileSync(file);
      writeFileSync(file, mutated(whole, random.below(4), random.below));
      for (const read of [() => readRun(folder), () => loadTrainedModel(path.basename(folder), { runsDir })]) {
        const outcome = await read().catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(FmnistError);
          expect(outcome.message).toContain(folder);
          refused++;
        }
      }
      expect(await listRuns(runsDir)).toHaveLength(1);
      writeFileSync(file, whole);
    }
    expect(refused).toBeGreaterThan(100);
    expect((await readRun(folder)).status).toBe('completed');
  });
});

/** Bits flipped, cut short, a piece taken out, or a piece put in. */
function mutated(bytes: Buffer, kind: number, below: (bound: number) => number): Buffer {
  const at = below(bytes.length || 1);
  const end = Math.min(bytes.length, at + 1 + below(20));
  if (kind === 0) {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << below(8));
    return copy;
  }
  if (kind === 1) return bytes.subarray(0, at);
  if (kind === 2) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at / 2, end), bytes.subarray(at)]);
}
