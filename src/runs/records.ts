import { basename } from 'node:path';
import { DataError } from '../errors.js';
import { appendTo, writeAtomically } from '../files/file-system.js';
import type { TensorSource } from '../model/tensors.js';
import type {
  EpochEnd,
  NormsEvent,
  RunEnd,
  RunStart,
  StepEvent,
  TrainingEvent,
  WarningEvent,
} from '../training/contracts/events.js';
import type { TestPredictions } from '../training/contracts/recorder.js';
import { blankCard, cardPath, labelled, type RunLabels, readCard } from './card.js';
import { CurveSampler, readCurve } from './curves.js';
import type { RunPaths } from './directory.js';
import type { DurableWriter } from './durable-writer.js';
import { jsonLines } from './json-lines.js';
import { logLine } from './log.js';
import { metricsCsv } from './metrics.js';
import { readNorms } from './norms.js';
import { encodePredictions } from './predictions.js';
import type { TensorBoardOptions, TensorBoardRecords } from './tensorboard-records.js';

/** How long a curve may wait for the disk within an epoch. */
const CURVE_EVERY_MS = 5_000;

export interface RecordsOptions extends TensorBoardOptions {
  /** What to keep in `environment.json` in addition to engine, seed and data: versions, machine, flags. */
  readonly environment?: object;
  /** What a person says of it. */
  readonly labels?: RunLabels;
  /** Also write TensorBoard event files. */
  readonly tensorboard?: boolean;
  readonly now?: () => Date;
}

/** Everything in a run's folder except its checkpoints: config, environment, metrics, summary, log, TensorBoard events. */
export class RunRecords {
  readonly #paths: RunPaths;
  readonly #writer: DurableWriter;
  readonly #options: RecordsOptions;
  readonly #now: () => Date;
  #model = '';
  #history: EpochEnd[] = [];
  #tensorboard: TensorBoardRecords | undefined;
  #curve = new CurveSampler(0);
  /** Since when the file lacks points; undefined while it has all. */
  #curveBehind: number | undefined;
  #norms: NormsEvent[] = [];
  /** What could not be written yet: a file, and how it is written. */
  readonly #behind = new Map<string, () => Promise<WarningEvent[]>>();

  constructor(paths: RunPaths, writer: DurableWriter, options: RecordsOptions) {
    this.#paths = paths;
    this.#writer = writer;
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  /**
   * @returns warnings about what could not be written
   * @throws {DataError} when that is the end of a run that completed: no later write makes up for it
   */
  async record(event: TrainingEvent): Promise<WarningEvent[]> {
    const line = logLine(event, this.#now());
    const warnings = await this.#write(event);
    // Last, so that it never says what did not come about. What cannot be written to it alone is not worth a warning.
    if (line !== undefined) await appendTo(this.#writer.files, this.#paths.log, Buffer.from(line)).catch(() => {});
    return warnings;
  }

  async #write(event: TrainingEvent): Promise<WarningEvent[]> {
    switch (event.event) {
      case 'run_start':
        return this.#begin(event);
      case 'step':
        return this.#step(event);
      case 'checkpoint':
        return this.#writeCurve();
      case 'norms':
        return this.#addNorms(event);
      case 'epoch_end':
        return this.#epoch(event);
      case 'run_end':
        return this.#end(event);
      default:
        return [];
    }
  }

  async #begin(start: RunStart): Promise<WarningEvent[]> {
    const { run, model, config, engine, precision, seed, data, resumedFrom, epochs, stepsPerEpoch } = start;
    this.#model = model;
    this.#history = [...(start.history ?? [])];
    const environment = { ...this.#options.environment, engine, precision, seed, data };
    const before = resumedFrom === undefined ? [] : await readCurve(this.#paths.curves);
    this.#curve = new CurveSampler(epochs * stepsPerEpoch, before, resumedFrom);
    const summary = { status: 'running', run, model, epochs: this.#history.length, started: this.#now().toISOString() };
    const warnings = [
      await this.#writer.json(this.#paths.config, config),
      await this.#writeCard(resumedFrom !== undefined),
      await this.#writer.json(this.#paths.environment, environment),
      await this.#writer.json(this.#paths.summary, summary),
      await this.#writeMetrics(),
      ...(resumedFrom === undefined ? [] : [await this.#resumeNorms(resumedFrom.epoch)]),
    ];
    if (this.#options.tensorboard === true) warnings.push(await this.#beginTensorBoard(start));
    return warnings.flat();
  }

  /** A resumed run keeps its card, with what is said of it now. */
  async #writeCard(resumed: boolean): Promise<WarningEvent[]> {
    const { folder } = this.#paths;
    const card = resumed
      ? ((await readCard(folder)) ?? (await blankCard(folder)))
      : { created: this.#now().toISOString(), note: null, tags: [] };
    return this.#writer.json(cardPath(folder), labelled(card, this.#options.labels ?? {}));
  }

  /** Whoever watches the run sees its curve grow; what cannot be written now is written with the epoch. */
  async #step(step: StepEvent): Promise<WarningEvent[]> {
    if (!this.#curve.add(step)) return [];
    const now = this.#now().getTime();
    this.#curveBehind ??= now;
    if (now - this.#curveBehind >= CURVE_EVERY_MS) await this.#writeCurve();
    return [];
  }

  async #writeCurve(): Promise<WarningEvent[]> {
    if (this.#curveBehind === undefined) return [];
    const warnings = await this.#writer.text(this.#paths.curves, jsonLines(this.#curve.points));
    this.#curveBehind = warnings.length === 0 ? undefined : this.#now().getTime();
    return warnings;
  }

  /** A resumed run drops what it will repeat. */
  async #resumeNorms(before: number): Promise<WarningEvent[]> {
    const recorded = await readNorms(this.#paths.norms);
    this.#norms = recorded.filter(({ epoch }) => epoch < before);
    return recorded.length === 0 ? [] : this.#writeNorms();
  }

  async #addNorms(norms: NormsEvent): Promise<WarningEvent[]> {
    this.#norms.push(norms);
    return [...(await this.#writeNorms()), ...((await this.#tensorboard?.norms(norms)) ?? [])];
  }

  #writeNorms(): Promise<WarningEvent[]> {
    return this.#keep('norms', () => this.#writer.text(this.#paths.norms, jsonLines(this.#norms)));
  }

  async #epoch(epoch: EpochEnd): Promise<WarningEvent[]> {
    this.#history.push(epoch);
    const warnings = [...(await this.#writeMetrics()), ...(await this.#writeCurve())];
    return [...warnings, ...((await this.#tensorboard?.epoch(epoch)) ?? [])];
  }

  async #end(event: RunEnd): Promise<WarningEvent[]> {
    const { event: _, mistakes = [], ...end } = event;
    const pixelless = mistakes.map(({ image: _, ...mistake }) => mistake);
    const summary = { ...end, model: this.#model, finished: this.#now().toISOString(), mistakes: pixelless };
    const completed = event.status === 'completed';
    const hint = `Make room there, then ${completed ? 'test it again' : 'go on with it'}: --resume ${basename(this.#paths.folder)}`;
    const warnings = await this.#writeCurve();
    for (const [what, write] of this.#behind) warnings.push(...(await this.#keep(what, write)));
    // A run that lacks something has not completed.
    if (warnings.length === 0 || !completed) warnings.push(...(await this.#writer.json(this.#paths.summary, summary)));
    const [lost] = completed ? warnings : [];
    if (lost !== undefined) throw new DataError(`the end of the run is not kept: ${lost.message}`, { hint });
    return [...warnings.map((warning) => ({ ...warning, hint })), ...((await this.#tensorboard?.end(event)) ?? [])];
  }

  #writeMetrics(): Promise<WarningEvent[]> {
    // Whole files each time: a few kilobytes, never a torn line, and a resumed run drops what it will repeat.
    return this.#keep('metrics', async () => {
      const csv = await this.#writer.text(this.#paths.metricsCsv, metricsCsv(this.#history));
      return csv.length > 0 ? csv : this.#writer.text(this.#paths.metricsJsonl, jsonLines(this.#history));
    });
  }

  /** Keeps what the test said. */
  predictions(test: TestPredictions): Promise<WarningEvent[]> {
    return this.#keep('predictions', () =>
      this.#writer.attempt('predictions.safetensors', () =>
        writeAtomically(this.#writer.files, this.#paths.predictions, encodePredictions(test)),
      ),
    );
  }

  /** Writes a file; what cannot be written now is written with the run's end. */
  async #keep(what: string, write: () => Promise<WarningEvent[]>): Promise<WarningEvent[]> {
    const warnings = await write();
    if (warnings.length === 0) this.#behind.delete(what);
    else this.#behind.set(what, write);
    return warnings;
  }

  async #beginTensorBoard(start: RunStart): Promise<WarningEvent[]> {
    // Its messages are protobuf, which most runs need not load.
    const { TensorBoardRecords } = await import('./tensorboard-records.js');
    this.#tensorboard = new TensorBoardRecords(this.#paths.tensorboard, this.#writer, this.#options, this.#now);
    return this.#tensorboard.begin(start);
  }

  /** Takes the weights that were saved after an epoch. */
  async weights(tensors: TensorSource): Promise<WarningEvent[]> {
    return (await this.#tensorboard?.weights(tensors)) ?? [];
  }
}
