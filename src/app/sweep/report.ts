import { packageVersion } from '../../package.js';
import { renderSweepPage } from '../../report/sweep/page.js';
import type { SweepAxis, SweepReport } from '../../report/sweep/schema.js';
import type { OpenedSweep } from '../../sweep/definition.js';
import { prefersHigh } from '../../sweep/rungs.js';
import type { Parameter } from '../../sweep/schema.js';
import { summariseSweep } from '../../sweep/summary.js';
import { saveOutput } from '../save-output.js';

/** All that can be said of a sweep, as far as it came. */
async function sweepReport(sweep: OpenedSweep, now: Date): Promise<SweepReport> {
  const { name, metric, isOver, done, best, trials, importance } = await summariseSweep(sweep);
  const { sweep: file } = sweep.plan;
  return {
    format: 'fmnist-sweep',
    version: 1,
    made: now.toISOString(),
    by: packageVersion(),
    ...{ name, metric, isOver, done, importance },
    maximize: prefersHigh(file),
    best: best ?? null,
    axes: Object.entries(file.parameters).map(([path, parameter]) => axisOf(path, parameter)),
    trials: trials.map(({ parameters, message = null, ...trial }) => ({
      ...trial,
      message,
      // What a sweep file holds is JSON.
      parameters: parameters as SweepReport['trials'][number]['parameters'],
    })),
    sweep: file,
  };
}

function axisOf(path: string, parameter: Parameter): SweepAxis {
  if (parameter.type !== 'choice') return { path, values: null, log: parameter.type === 'logUniform' };
  return { path, values: [...new Set(parameter.values.map((value) => JSON.stringify(value)))], log: false };
}

/**
 * Writes the report of a sweep as one HTML file.
 *
 * @param out where; by default named after the sweep, in the working directory
 * @throws UsageError when it cannot be written
 */
export async function saveSweepReport(
  sweep: OpenedSweep,
  out: string | undefined,
  now: Date,
): Promise<{ file: string; bytes: number }> {
  const file = out ?? `${sweep.name}.html`;
  const bytes = Buffer.from(await renderSweepPage(await sweepReport(sweep, now)));
  await saveOutput('out', file, bytes);
  return { file, bytes: bytes.length };
}
