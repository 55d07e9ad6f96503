import type { Report } from '../schema.js';
import { calibrationChart } from './calibration.js';
import type { Chart } from './chart.js';
import { type ConfusionUnit, confusionChart } from './confusion.js';
import { comparedCurves, runCurves } from './curves.js';
import { normCharts } from './norms.js';

/** Prefix of the charts of a report's `i`-th run. */
export function runId(i: number): string {
  return `run${i + 1}`;
}

/** All charts of one run of a report. */
export function chartsOfRun(report: Report, i: number, unit: ConfusionUnit = 'counts') {
  const run = report.runs[i];
  const id = runId(i);
  if (run === undefined) return { curves: [], confusion: [], calibration: [], norms: [] };
  const { test } = run;
  return {
    curves: runCurves(run, id),
    confusion:
      test === null
        ? []
        : [
            confusionChart(
              { confusion: test.confusion, classes: test.classes.map(({ name }) => name) },
              `${id}-confusion`,
              unit,
            ),
          ],
    calibration: test?.calibration == null ? [] : [calibrationChart(test.calibration, `${id}-calibration`)],
    norms: normCharts(run, id),
  };
}

/** Every chart of a report. */
export function allCharts(report: Report): Chart[] {
  const compared = report.runs.length > 1 ? comparedCurves(report) : [];
  return [...compared, ...report.runs.flatMap((_, i) => Object.values(chartsOfRun(report, i)).flat())];
}
