import path from 'node:path';
import type { Context } from '../context.js';
import type { Dataset } from '../data/dataset.js';
import { type DatasetReference, referenceKey, referenceName } from '../datasets/reference.js';
import { modelInput } from '../datasets/spec.js';
import { differences } from '../differences.js';
import { DataError, FmnistError } from '../errors.js';
import { buildModel } from '../model/build.js';
import { summarise } from '../model/summary.js';
import { filterSheet } from '../report/filters.js';
import { renderPage } from '../report/html/page.js';
import { makeReport, type RunParts } from '../report/make.js';
import type { Report } from '../report/schema.js';
import { runPaths } from '../runs/directory.js';
import { readPredictions } from '../runs/predictions.js';
import { packageVersion } from '../runs/provenance.js';
import { type RunRecord, readRun } from '../runs/read.js';
import { loadTrainedModel, type TrainedModel } from '../runs/weights.js';
import { type DataChoice, datasetFor, descriptionFor, openData } from './open-data.js';
import { findRuns, settingsOf } from './runs.js';
import { saveOutput } from './save-output.js';

export interface ReportRequest extends DataChoice {
  /** Names or paths; the newest where there is none. */
  readonly runs: readonly string[];
  readonly runsDir: string;
  readonly now: Date;
}

/**
 * All that can be said of runs. What is missing of one is a note in it.
 *
 * @throws UsageError, DataError for a run that is not there or cannot be read
 */
export async function report(request: ReportRequest, context: Context): Promise<Report> {
  const folders = await findRuns(request.runs, request.runsDir);
  const records = await Promise.all(folders.map(readRun));
  const runs = await Promise.all(records.map((record) => partsOf(record, request.runsDir)));
  const dataset = await imagesOf(runs, request, context);
  return makeReport({
    runs: runs.map((run) => ({
      ...run,
      notes: [...run.notes, ...(typeof dataset === 'string' ? [dataset] : [])],
    })),
    classes: descriptionFor(request.data, trainedOn(runs)[0]).classes,
    differences: records.length > 1 ? differences(records.map(settingsOf)) : [],
    images: typeof dataset === 'string' ? undefined : testImages(dataset),
    now: request.now,
    version: await packageVersion(),
  });
}

interface KnownRun extends RunParts {
  readonly trained: TrainedModel | undefined;
}

async function partsOf(record: RunRecord, runsDir: string): Promise<KnownRun> {
  const notes: string[] = [];
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof FmnistError)) throw error;
      notes.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
  const tested = record.summary.testAccuracy != null;
  const predictions = tested
    ? await attempt('What the test said of each image is missing', () =>
        readPredictions(runPaths(record.folder).predictions),
      )
    : undefined;
  if (!tested) notes.push(untested(record));
  else if (predictions === undefined && notes.length === 0) {
    notes.push('This run was written by an older version, which did not keep what the test said of each image.');
  }
  const trained = await attempt('The model is missing', () => loadTrainedModel(record.folder, { runsDir }));
  const model =
    trained === undefined
      ? undefined
      : buildModel(trained.config, modelInput(descriptionFor(undefined, trained.settings?.dataset)));
  return {
    record,
    predictions,
    trained,
    network: model === undefined ? undefined : summarise(model),
    filters: model === undefined || trained === undefined ? null : filterSheet(model, trained.tensors),
    maps: [],
    norms: [],
    notes,
  };
}

function untested({ status, epochs, epochsPlanned }: RunRecord): string {
  if (status === 'running')
    return `The run goes on: ${epochs} of ${epochsPlanned ?? '?'} epochs are done, and the test is still to come.`;
  return 'The run has no test results: it ended before its test.';
}

/** The data sets of the runs, each once. */
function trainedOn(runs: readonly KnownRun[]): DatasetReference[] {
  const references = runs.flatMap(({ trained }) => trained?.settings?.dataset ?? []);
  return [...new Map(references.map((reference) => [referenceKey(reference), reference])).values()];
}

function testImages({ spec, test }: Dataset) {
  const [height, width, channels] = spec.imageShape;
  return { images: test.images, width, height, channels: channels === 3 ? 3 : 1 } as const;
}

/** The test images that the runs were tested on, or why there are no pictures. */
async function imagesOf(
  runs: readonly KnownRun[],
  request: ReportRequest,
  context: Context,
): Promise<Dataset | string> {
  const references = trainedOn(runs);
  if (references.length > 1) {
    const names = references.map(referenceName).join(', ');
    return `There are no pictures: the runs are of different data sets (${names}).`;
  }
  try {
    const dataset = await openData(datasetFor(request.data, references[0]), request, context);
    const images = dataset.test.labels.length;
    const other = runs.find(({ predictions }) => predictions !== undefined && predictions.labels.length !== images);
    return other === undefined ? dataset : `There are no pictures: ${other.record.name} was tested on other images.`;
  } catch (error) {
    if (error instanceof DataError) return `There are no pictures: ${error.message}.`;
    throw error;
  }
}

/**
 * Writes a report as one HTML file.
 *
 * @param out where; by default named after the run, in the working directory
 * @throws UsageError when it cannot be written
 */
export async function saveReport(made: Report, out: string | undefined): Promise<{ file: string; bytes: number }> {
  const [first] = made.runs;
  const file = out ?? `${made.runs.length === 1 ? path.basename(first?.name ?? 'report') : 'report'}.html`;
  const bytes = Buffer.from(await renderPage(made));
  await saveOutput('out', file, bytes);
  return { file, bytes: bytes.length };
}
