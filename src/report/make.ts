import type { Difference } from '../differences.js';
import type { ModelSummary } from '../model/summary.js';
import type { RunRecord } from '../runs/read.js';
import type { TestPredictions } from '../training/contracts/recorder.js';
import { calibrationOf } from './calibration.js';
import { chooseGuesses, type PictureLimits } from './guesses.js';
import type { Guess, Report, RunReport, TestResult } from './schema.js';
import { toSheet } from './sheet.js';

/** What is known of one run. */
export interface RunParts {
  readonly record: RunRecord;
  /** What its test said of each image; undefined where it kept nothing. */
  readonly predictions: TestPredictions | undefined;
  readonly network: ModelSummary | undefined;
  readonly filters: RunReport['filters'];
  readonly maps: RunReport['maps'];
  /** What is missing and why, for people. */
  readonly notes: readonly string[];
}

export interface ReportParts {
  readonly runs: readonly RunParts[];
  readonly classes: readonly string[];
  readonly differences: readonly Difference[];
  /** The test images, for their pictures; undefined where they are not to be had. */
  readonly images: TestImages | undefined;
  readonly now: Date;
  /** Version of fmnist. */
  readonly version: string;
}

/** [N, height, width, channels] bytes. */
export interface TestImages {
  readonly images: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Pictures that a whole report may have in the cells of its confusion matrices: about half a kilobyte each. */
const MOST_PICTURES = { mistakes: 800, hits: 200 };
/** Epochs that a report draws; with more than this the file would be large and no picture better. */
const MOST_EPOCHS = 2000;
/** Epochs whose norms it draws: a kilobyte or two each. */
const MOST_NORMS = 200;

/** All that a report says, from what is kept of the runs. */
export function makeReport({ runs, classes, differences, images, now, version }: ReportParts): Report {
  const limits = {
    mistakes: Math.floor(MOST_PICTURES.mistakes / runs.length),
    hits: Math.floor(MOST_PICTURES.hits / runs.length),
  };
  const reports = runs.map((parts) => runReport(parts, limits));
  return {
    format: 'fmnist-report',
    version: 1,
    made: now.toISOString(),
    by: version,
    classes: [...classes],
    runs: reports,
    differences: differences.map(({ path, values }) => ({ path, values: values.map((value) => value ?? null) })),
    pictures: images === undefined ? null : pictures(reports, images),
  };
}

function runReport(parts: RunParts, limits: PictureLimits): RunReport {
  const { record, network, filters, maps, notes } = parts;
  const { name, model, status, sweep, epochs, epochsPlanned, seconds, bestValAccuracy, config, environment } = record;
  return {
    name,
    model,
    status,
    message: record.summary.message ?? null,
    sweep,
    epochs,
    epochsPlanned,
    seconds: finite(seconds),
    bestValAccuracy: finite(bestValAccuracy),
    config,
    environment,
    history: evenly(record.history, MOST_EPOCHS, ({ best }) => best).map((epoch) => ({
      epoch: epoch.epoch,
      loss: finite(epoch.loss),
      accuracy: finite(epoch.accuracy),
      valLoss: finite(epoch.valLoss),
      valAccuracy: finite(epoch.valAccuracy),
      emaValLoss: finite(epoch.emaValLoss),
      emaValAccuracy: finite(epoch.emaValAccuracy),
      learningRate: finite(epoch.learningRate),
      msPerStep: finite(epoch.msPerStep),
      seconds: finite(epoch.seconds),
      best: epoch.best,
    })),
    curve: record.curve.map(({ epoch, steps, loss, accuracy, learningRate }) => ({
      epoch,
      steps,
      loss: finite(loss),
      accuracy: finite(accuracy),
      learningRate: finite(learningRate),
    })),
    test: testResult(parts, limits),
    network: network === undefined ? null : networkReport(network),
    filters,
    maps,
    norms: evenly(record.norms, MOST_NORMS).map(({ epoch, weights, gradients }) => ({
      epoch,
      weights: rounded(weights),
      gradients: rounded(gradients),
    })),
    notes: [...notes],
  };
}

function testResult({ record, predictions }: RunParts, limits: PictureLimits): TestResult | null {
  const { summary } = record;
  if (summary.confusion === undefined || summary.classes === undefined) return null;
  return {
    loss: finite(summary.testLoss),
    accuracy: finite(summary.testAccuracy),
    emaLoss: finite(summary.emaTestLoss),
    emaAccuracy: finite(summary.emaTestAccuracy),
    epoch: summary.testedEpoch ?? null,
    best: bestResult(summary.bestTest),
    views: viewsResult(summary.ttaTest),
    classes: summary.classes.map((one) => ({ ...one })),
    confusion: summary.confusion.map((row) => [...row]),
    calibration: predictions === undefined ? null : calibrationOf(predictions),
    ...(predictions === undefined ? keptMistakes(record) : chooseGuesses(predictions, limits)),
  };
}

function bestResult(test: RunRecord['summary']['bestTest']): TestResult['best'] {
  return test === undefined ? null : { epoch: test.epoch, loss: finite(test.loss), accuracy: finite(test.accuracy) };
}

function viewsResult(test: RunRecord['summary']['ttaTest']): TestResult['views'] {
  if (test === undefined) return null;
  const { views, loss, accuracy, emaLoss, emaAccuracy } = test;
  return {
    of: views,
    loss: finite(loss),
    accuracy: finite(accuracy),
    emaLoss: finite(emaLoss),
    emaAccuracy: finite(emaAccuracy),
  };
}

/** The few mistakes that every version has kept by the names of their classes. */
function keptMistakes({ summary }: RunRecord): Pick<TestResult, 'mistakes' | 'unsure' | 'cells'> {
  const label = (name: string) => summary.classes?.findIndex((one) => one.name === name) ?? -1;
  const mistakes = (summary.mistakes ?? []).flatMap(({ index, actual, predicted, probability }): Guess[] => {
    const guess = { index, actual: label(actual), predicted: label(predicted), probability: finite(probability) };
    return guess.actual < 0 || guess.predicted < 0 ? [] : [guess];
  });
  return { mistakes, unsure: [], cells: [] };
}

function networkReport({ layers, parameters, weightBytes, flops }: ModelSummary): RunReport['network'] {
  return {
    layers: layers.map(({ name, type, outputShape, parameters, weightBytes, flops, depth }) => ({
      name,
      type,
      outputShape: [...outputShape],
      parameters,
      weightBytes,
      flops,
      depth,
    })),
    parameters: parameters.total,
    trainable: parameters.trainable,
    weightBytes,
    flops,
  };
}

/** Every test image that the runs name, once. */
function pictures(runs: readonly RunReport[], { images, width, height, channels }: TestImages): Report['pictures'] {
  const named = runs.flatMap(({ test, maps }) => [
    ...(test === null ? [] : [...test.mistakes, ...test.unsure, ...test.cells.flatMap(({ guesses }) => guesses)]),
    ...maps.flatMap(({ image }) => image ?? []),
  ]);
  const size = width * height * channels;
  const indices = [...new Set(named.map(({ index }) => index))]
    .filter((index) => (index + 1) * size <= images.length)
    .sort((a, b) => a - b);
  if (indices.length === 0) return null;
  const pixels = new Uint8Array(indices.length * size);
  for (const [i, index] of indices.entries()) pixels.set(images.subarray(index * size, (index + 1) * size), i * size);
  return { ...toSheet({ width, height, channels, pixels }), indices };
}

function rounded(norms: Readonly<Record<string, number>>): Record<string, number | null> {
  return Object.fromEntries(Object.entries(norms).map(([name, norm]) => [name, finite(Number(norm.toPrecision(6)))]));
}

function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** At most about `most` of the items: every so many, the last, and those that must stay. */
function evenly<Item>(items: readonly Item[], most: number, stays: (item: Item) => boolean = () => false): Item[] {
  if (items.length <= most) return [...items];
  const apart = Math.ceil(items.length / most);
  const last = items.findLastIndex(stays);
  return items.filter((_, i) => i % apart === 0 || i === items.length - 1 || i === last);
}
