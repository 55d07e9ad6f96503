import path from 'node:path';
import type { Context } from '../context.js';
import type { Dataset } from '../data/dataset.js';
import { type DatasetReference, referenceKey, referenceName } from '../datasets/reference.js';
import { modelInput } from '../datasets/spec.js';
import { differences } from '../differences.js';
import type { Engine } from '../engine/engine.js';
import { DataError, EngineError, FmnistError, OutOfMemoryError } from '../errors.js';
import { imageAt } from '../image.js';
import { buildModel } from '../model/build.js';
import { fitWeights } from '../model/fit-weights.js';
import type { Model } from '../model/model.js';
import { summarise } from '../model/summary.js';
import { packageVersion } from '../package.js';
import { topClass } from '../report/calibration.js';
import { convolutions, filterSheet, mapSheet } from '../report/filters.js';
import { chooseGuesses } from '../report/guesses.js';
import { renderPage } from '../report/html/page.js';
import { makeReport, type RunParts } from '../report/make.js';
import type { Guess, Report } from '../report/schema.js';
import { runPaths } from '../runs/directory.js';
import { readPredictions } from '../runs/predictions.js';
import { type RunRecord, readRun } from '../runs/read.js';
import { loadTrainedModel, type TrainedModel } from '../runs/weights.js';
import type { TestPredictions } from '../training/contracts/recorder.js';
import { type DataChoice, datasetFor, descriptionFor, openData } from './open-data.js';
import { openEngine } from './open-engine.js';
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
  const maps = typeof dataset === 'string' ? [] : await featureMaps(runs, dataset, context);
  return makeReport({
    runs: runs.map((run, i) => ({
      ...run,
      maps: maps[i] ?? [],
      notes: [...run.notes, ...(typeof dataset === 'string' ? [dataset] : [])],
    })),
    classes: descriptionFor(request.data, trainedOn(runs)[0]).classes,
    differences: records.length > 1 ? differences(records.map(settingsOf)) : [],
    images: typeof dataset === 'string' ? undefined : testImages(dataset),
    now: request.now,
    version: packageVersion(),
  });
}

interface KnownRun extends RunParts {
  readonly trained: TrainedModel | undefined;
  readonly built: Model | undefined;
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
    built: model,
    network: model === undefined ? undefined : summarise(model),
    filters: model === undefined || trained === undefined ? null : filterSheet(model, trained.tensors),
    maps: [],
    notes,
  };
}

function untested({ status, epochs, epochsPlanned }: RunRecord): string {
  if (status === 'running')
    return `The run goes on: ${epochs} of ${epochsPlanned ?? '?'} epochs are done, and the test is still to come.`;
  return 'The run has no test results: it ended before its test.';
}

/** What the first convolution of each run makes of the first test image and of its most confident mistake. */
async function featureMaps(runs: readonly KnownRun[], { test, spec }: Dataset, context: Context) {
  const engine = await engineInPlace(context);
  if (engine === undefined) return [];
  const maps: RunParts['maps'][] = [];
  for (const { built, trained, predictions } of runs) {
    const layer = built === undefined ? undefined : convolutions(built)[0]?.name;
    if (built === undefined || trained === undefined || layer === undefined) {
      maps.push([]);
      continue;
    }
    const inspector = await engine.inspector(built, fitWeights(built, trained.tensors, trained.path));
    const own: RunParts['maps'] = [];
    for (const image of exampleImages(test.labels, predictions)) {
      const { pixels } = imageAt(test.images, image.index, spec.imageShape);
      const output = (await inspector.outputs(pixels, [layer])).get(layer);
      if (output !== undefined) own.push({ layer, image, sheet: mapSheet(output) });
    }
    inspector.dispose();
    maps.push(own);
  }
  return maps;
}

/** An engine that is there already, and for which there is room: for a few pictures none is fetched and built. */
async function engineInPlace(context: Context): Promise<Engine | undefined> {
  try {
    return (await openEngine({ device: 'auto', offline: true }, context)).engine;
  } catch (error) {
    if (error instanceof EngineError || error instanceof OutOfMemoryError) return undefined;
    throw error;
  }
}

function exampleImages(labels: Uint8Array, predictions: TestPredictions | undefined): Guess[] {
  const [label = 0] = labels;
  if (predictions === undefined) return [{ index: 0, actual: label, predicted: label, probability: null }];
  const classes = predictions.probabilities.length / predictions.labels.length;
  const first = { index: 0, actual: label, ...topClass(predictions.probabilities, 0, classes) };
  const [mistake] = chooseGuesses(predictions, { mistakes: 0, hits: 0 }).mistakes;
  return mistake === undefined || mistake.index === 0 ? [first] : [first, mistake];
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
