import { averagedWeight, isSlotName } from '../model/state-names.js';
import { readTensor, type TensorSource } from '../model/tensors.js';
import type { EpochEnd, NormsEvent, RunEnd, RunStart, WarningEvent } from '../training/contracts/events.js';
import type { DurableWriter } from './durable-writer.js';
import { encodePng } from './png.js';
import { EventFile } from './tensorboard.js';
import { histogram, image, scalar, sessionEnd, sessionStart } from './tensorboard-values.js';

export interface TensorBoardOptions {
  /** Each epoch's weights as histograms. */
  readonly histograms?: boolean;
  /** Draws a confusion matrix as a PNG. */
  readonly drawConfusion?: (
    confusion: readonly (readonly number[])[],
    classes: readonly string[],
  ) => Promise<Uint8Array>;
}

/** A run's event file: settings, a value of each metric an epoch, and what the test said, in pictures. */
export class TensorBoardRecords {
  readonly #folder: string;
  readonly #writer: DurableWriter;
  readonly #options: TensorBoardOptions;
  readonly #now: () => Date;
  #events: EventFile | undefined;
  /** The epoch that ended last, here: what was saved before, the file of before shows. */
  #epoch: number | undefined;
  /** The epoch whose weights it has. */
  #drawn: number | undefined;

  constructor(folder: string, writer: DurableWriter, options: TensorBoardOptions, now: () => Date) {
    this.#folder = folder;
    this.#writer = writer;
    this.#options = options;
    this.#now = now;
  }

  begin(start: RunStart): Promise<WarningEvent[]> {
    const done = (start.resumedFrom?.epoch ?? 1) - 1;
    return this.#writer.attempt('tensorboard', async () => {
      const events = await EventFile.create(this.#writer.files, this.#folder, this.#now(), done);
      await events.values(done, [sessionStart(hyperParameters(start), this.#now())], this.#now());
      this.#events = events;
    });
  }

  epoch(epoch: EpochEnd): Promise<WarningEvent[]> {
    this.#epoch = epoch.epoch;
    return this.#attempt((events) => events.epoch(epoch, this.#now()));
  }

  norms(norms: NormsEvent): Promise<WarningEvent[]> {
    const values = (['weights', 'gradients'] as const).flatMap((what) =>
      Object.entries(norms[what]).map(([name, norm]) => scalar(`norms/${what}/${name}`, norm)),
    );
    return this.#attempt((events) => events.values(norms.epoch, values, this.#now()));
  }

  end({ status, epochs, confusion, classes, mistakes = [] }: RunEnd): Promise<WarningEvent[]> {
    const { drawConfusion } = this.#options;
    return this.#attempt(async (events) => {
      const values = [sessionEnd(status === 'completed', this.#now())];
      if (confusion !== undefined && drawConfusion !== undefined) {
        const names = classes?.map(({ name }) => name) ?? [];
        values.push(image('test/confusion', await drawConfusion(confusion, names)));
      }
      for (const [i, { actual, predicted, image: pixels }] of mistakes.entries()) {
        values.push(image(`test_mistakes/${i + 1}_${actual}_taken_for_${predicted}`, encodePng(pixels)));
      }
      await events.values(epochs, values, this.#now());
    });
  }

  /** Takes the weights that were saved after an epoch. */
  async weights(tensors: TensorSource): Promise<WarningEvent[]> {
    const epoch = this.#epoch;
    if (this.#options.histograms !== true || epoch === undefined || epoch === this.#drawn) return [];
    this.#drawn = epoch;
    return this.#attempt(async (events) => {
      for (const name of tensors.shapes.keys()) {
        if (isSlotName(name) || averagedWeight(name) !== undefined) continue;
        await events.values(epoch, [histogram(`weights/${name}`, await readTensor(tensors, name))], this.#now());
      }
    });
  }

  /** Nothing where the file could not be made. */
  async #attempt(write: (events: EventFile) => Promise<void>): Promise<WarningEvent[]> {
    const events = this.#events;
    return events === undefined ? [] : this.#writer.attempt('tensorboard', () => write(events));
  }
}

/** The settings of a run that are plain values, by their paths in the config. */
function hyperParameters({ model, seed, precision, config }: RunStart): Map<string, number | string | boolean> {
  const parameters = new Map<string, number | string | boolean>([
    ['model', model],
    ['seed', seed],
    ['precision', precision],
  ]);
  const collect = (value: unknown, path: string) => {
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
      parameters.set(path, value);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) collect(inner, path === '' ? name : `${path}.${name}`);
    }
  };
  collect(config, '');
  return parameters;
}
