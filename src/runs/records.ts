import { appendTo } from '../files/file-system.js';
import type {
  EpochEnd,
  RunEnd,
  RunStart,
  StepEvent,
  TrainingEvent,
  WarningEvent,
} from '../training/contracts/events.js';
import { CurveSampler, curveJsonl, readCurve } from './curves.js';
import type { RunPaths } from './directory.js';
import type { DurableWriter } from './durable-writer.js';
import { logLine } from './log.js';
import { metricsCsv, metricsJsonl } from './metrics.js';
import type { EventFile } from './tensorboard.js';

/** How long a curve may wait for the disk within an epoch. */
const CURVE_EVERY_MS = 5_000;

export interface RecordsOptions {
  /** What to keep in `environment.json` in addition to engine, seed and data: versions, machine, flags. */
  readonly environment?: object;
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
  #events: EventFile | undefined;
  #curve = new CurveSampler(0);
  /** Since when the file lacks points; undefined while it has all. */
  #curveBehind: number | undefined;

  constructor(paths: RunPaths, writer: DurableWriter, options: RecordsOptions) {
    this.#paths = paths;
    this.#writer = writer;
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  /** @returns warnings about what could not be written. */
  async record(event: TrainingEvent): Promise<WarningEvent[]> {
    const line = logLine(event, this.#now());
    // What cannot be written to the log alone is not worth a warning.
    if (line !== undefined) await appendTo(this.#writer.files, this.#paths.log, Buffer.from(line)).catch(() => {});
    switch (event.event) {
      case 'run_start':
        return this.#begin(event);
      case 'step':
        return this.#step(event);
      case 'checkpoint':
        return this.#writeCurve();
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
      await this.#writer.json(this.#paths.environment, environment),
      await this.#writer.json(this.#paths.summary, summary),
      await this.#writeMetrics(),
    ];
    if (this.#options.tensorboard === true) warnings.push(await this.#openEvents((resumedFrom?.epoch ?? 1) - 1));
    return warnings.flat();
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
    const warnings = await this.#writer.text(this.#paths.curves, curveJsonl(this.#curve.points));
    this.#curveBehind = warnings.length === 0 ? undefined : this.#now().getTime();
    return warnings;
  }

  async #epoch(epoch: EpochEnd): Promise<WarningEvent[]> {
    this.#history.push(epoch);
    const events = this.#events;
    const warnings = [...(await this.#writeMetrics()), ...(await this.#writeCurve())];
    if (events === undefined) return warnings;
    return [...warnings, ...(await this.#writer.attempt('tensorboard', () => events.epoch(epoch, this.#now())))];
  }

  async #end({ event: _, mistakes = [], ...end }: RunEnd): Promise<WarningEvent[]> {
    const pixelless = mistakes.map(({ image: _, ...mistake }) => mistake);
    const summary = { ...end, model: this.#model, finished: this.#now().toISOString(), mistakes: pixelless };
    return [...(await this.#writeCurve()), ...(await this.#writer.json(this.#paths.summary, summary))];
  }

  async #writeMetrics(): Promise<WarningEvent[]> {
    // Whole files each time: a few kilobytes, never a torn line, and a resumed run drops what it will repeat.
    const csv = await this.#writer.text(this.#paths.metricsCsv, metricsCsv(this.#history));
    return csv.length > 0 ? csv : this.#writer.text(this.#paths.metricsJsonl, metricsJsonl(this.#history));
  }

  async #openEvents(epoch: number): Promise<WarningEvent[]> {
    const { EventFile } = await import('./tensorboard.js');
    return this.#writer.attempt('tensorboard', async () => {
      this.#events = await EventFile.create(this.#writer.files, this.#paths.tensorboard, this.#now(), epoch);
    });
  }
}
