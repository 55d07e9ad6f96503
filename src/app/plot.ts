import { type PlotFormat, plotConfusion, plotRangeTest, plotRuns } from '../report/plot.js';
import type { RunRecord } from '../runs/read.js';
import type { FoundLearningRate } from './find-lr.js';
import { saveOutput } from './save-output.js';

/** What `--plot` asks for. */
export interface PlotFile {
  readonly file: string;
  readonly format: PlotFormat;
}

/** Writes loss and accuracy of runs as one picture. @throws UsageError when the file cannot be written */
export async function saveCurves(runs: readonly RunRecord[], { file, format }: PlotFile): Promise<void> {
  await saveOutput('plot', file, await plotRuns(runs, format));
}

interface Tested {
  readonly model: string;
  readonly classes: readonly { readonly name: string }[];
  readonly confusion: readonly (readonly number[])[];
}

/** Writes a confusion matrix as a picture. @throws UsageError when the file cannot be written */
export async function saveConfusion({ model, classes, confusion }: Tested, { file, format }: PlotFile): Promise<void> {
  const names = classes.map(({ name }) => name);
  await saveOutput('plot', file, await plotConfusion(model, confusion, names, format));
}

/** Writes the curve of a range test as a picture. @throws UsageError when the file cannot be written */
export async function saveRangeTest(
  { model, points, suggestion }: FoundLearningRate,
  { file, format }: PlotFile,
): Promise<void> {
  await saveOutput('plot', file, await plotRangeTest(model, points, suggestion, format));
}
