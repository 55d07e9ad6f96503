import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a GPU does at a moment. */
export interface GpuUse {
  /** Share of the last moments in which it worked, 0 to 100; undefined where the card does not tell. */
  readonly busyPercent: number | undefined;
  readonly usedMiB: number;
  readonly memoryMiB: number;
}

const EVERY_SECONDS = 5;
const FIELDS = 'utilization.gpu,memory.used,memory.total';

/**
 * Hears of one GPU's use every few seconds from `nvidia-smi`, a process of its own; nothing where there is none.
 *
 * @param gpu its number or UUID, as `nvidia-smi` takes it
 * @returns ends it
 */
export function watchGpu(gpu: string, env: NodeJS.ProcessEnv, onUse: (use: GpuUse) => void): () => void {
  const query = [`--id=${gpu}`, `--query-gpu=${FIELDS}`, '--format=csv,noheader,nounits', `--loop=${EVERY_SECONDS}`];
  const child = spawn('nvidia-smi', query, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  // Without the program, or with one that ends, there are no figures and nothing else is amiss.
  child.on('error', () => {});
  child.unref();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [busy, usedMiB, memoryMiB] = line.split(',').map((field) => Number.parseInt(field, 10));
    if (usedMiB === undefined || memoryMiB === undefined || !(usedMiB >= 0 && memoryMiB > 0)) return;
    onUse({ busyPercent: Number.isNaN(busy) ? undefined : busy, usedMiB, memoryMiB });
  });
  return () => child.kill();
}
