import type { Benchmark } from '../training/benchmark.js';
import * as format from './format.js';
import { joinWrapped, wrapBehind } from './lines.js';

/** The measurements as a few lines for people. */
export function renderBenchmark(result: Benchmark, width: number): string[] {
  const { median, min, max } = result.msPerStep;
  const share =
    result.peakGflops === null
      ? ''
      : `, ${Math.round((100 * result.gflops) / result.peakGflops)} % of ${Math.round(result.peakGflops)} for a large matrix product`;
  const rows = [
    ['step', `${median.toFixed(2)} ms (${min.toFixed(2)} to ${max.toFixed(2)}), batch ${result.batchSize}`],
    ['images', `${format.count(result.imagesPerSecond)} a second`],
    ['arithmetic', `${result.gflops.toFixed(0)} GFLOP/s${share}`],
    ['memory', `${format.bytes(result.peakMemoryBytes)} at most`],
    ['first step', `${result.secondsToFirstStep.toFixed(1)} s after the start`],
  ] as const;
  return [
    ...joinWrapped([result.model, result.precision, result.engine, result.device], width),
    ...rows.flatMap(([name, value]) => wrapBehind(`  ${name.padEnd(11)}`, value, width)),
  ];
}
