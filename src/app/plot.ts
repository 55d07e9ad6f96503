import { type PlotFormat, plotConfusion, plotRangeTest, plotRuns } from '../report/plot.js';
import type { RunRecord } from '../runs/read.js';
import type { FoundLearningRate } from './find-lr.js';
import { saveOutput } from './save-output.js';

/** Of a file that `--plot` names: it takes no other endings. */
function formatOf(file: string): PlotFormat {
  return /\.svg$/i.test(file) ? 'svg' : 'png';
}

/** Writes loss and accuracy of runs as one picture. @throws UsageError when the file cannot be written */
export async function saveCurves(runs: readonly RunRecord[], file: string): Promise<void> {
  await saveOutput('plot', file, await plotRuns(runs, formatOf(file)));
}

interface Tested {
  readonly model: string;
  readonly classes: readonly { readonly name: string }[];
  readonly confusion: readonly (readonly number[])[];
}

/** Writes a confusion matrix as a picture. @throws UsageError when the file cannot be written */
export async function saveConfusion({ model, classes, confusion }: Tested, file: string): Promise<void> {
  const names = classes.map(({ name }) => name);
  await saveOutput('plot', file, await plotConfusion(model, confusion, names, formatOf(file)));
}

/** Writes the curve of a range test as a picture. @throws UsageError when the file cannot be written */
export async function saveRangeTest({ model, points, suggestion }: FoundLearningRate, file: string): Promise<void> {
  await saveOutput('plot', file, await plotRangeTest(model, points, suggestion, formatOf(file)));
}
