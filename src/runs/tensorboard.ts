import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { Writer } from 'protobufjs/minimal.js';
import { appendTo, type FileSystem, writeAtomically } from '../files/file-system.js';
import { makeFolder } from '../files/make-folder.js';
import type { EpochEnd } from '../training/contracts/events.js';
import { maskedCrc32c } from './crc32c.js';
import { type SummaryValue, scalar, tag } from './tensorboard-values.js';

const SCALARS = [
  ['loss/train', 'loss'],
  ['loss/validation', 'valLoss'],
  ['accuracy/train', 'accuracy'],
  ['accuracy/validation', 'valAccuracy'],
  ['loss/ema_validation', 'emaValLoss'],
  ['accuracy/ema_validation', 'emaValAccuracy'],
  ['learning_rate', 'learningRate'],
  ['ms_per_step', 'msPerStep'],
] as const satisfies readonly (readonly [string, keyof EpochEnd])[];

/** A file of TensorBoard events: one scalar of each metric an epoch, steps counted in epochs. */
export class EventFile {
  readonly #files: FileSystem;
  readonly path: string;
  readonly #written: Uint8Array[] = [];
  /** Whether an append failed half-way, so that readers would stop there. */
  #torn = false;

  private constructor(files: FileSystem, file: string) {
    this.#files = files;
    this.path = file;
  }

  /**
   * Starts a new file in the folder: TensorBoard reads all of them in the order of their names, and from a start at
   * `epoch` on forgets what older files said about later epochs. So its name comes after theirs, whatever the clock says.
   */
  static async create(files: FileSystem, folder: string, now: Date, epoch: number): Promise<EventFile> {
    await makeFolder(folder);
    const named = (await readdir(folder)).map((file) => Number(/^events\.out\.tfevents\.(\d+)\./.exec(file)?.[1] ?? 0));
    const later = Math.max(Math.floor(now.getTime() / 1000), ...named.map((seconds) => seconds + 1));
    const seconds = String(later).padStart(10, '0');
    const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.0.v2`;
    const events = new EventFile(files, path.join(folder, name));
    await events.#append([versionEvent(now), startEvent(now, epoch + 1)]);
    return events;
  }

  async epoch(epoch: EpochEnd, now: Date): Promise<void> {
    const values = SCALARS.flatMap(([name, field]) => {
      const value = epoch[field];
      return typeof value === 'number' ? [scalar(name, value)] : [];
    });
    await this.values(epoch.epoch, values, now);
  }

  /** Anything else that TensorBoard shows. */
  async values(epoch: number, values: readonly SummaryValue[], now: Date): Promise<void> {
    await this.#append([summaryEvent(now, epoch, values)]);
  }

  async #append(events: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(events.map(record));
    const all = [...this.#written, bytes];
    try {
      if (this.#torn) await writeAtomically(this.#files, this.path, all);
      else await appendTo(this.#files, this.path, bytes);
    } catch (error) {
      this.#torn = true;
      throw error;
    }
    this.#torn = false;
    this.#written.push(bytes);
  }
}

/** A TFRecord: length (uint64), its masked CRC, the bytes, their masked CRC. */
function record(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(16 + bytes.length);
  framed.writeBigUInt64LE(BigInt(bytes.length));
  framed.writeUInt32LE(maskedCrc32c(framed.subarray(0, 8)), 8);
  framed.set(bytes, 12);
  framed.writeUInt32LE(maskedCrc32c(bytes), 12 + bytes.length);
  return framed;
}

function event(now: Date, step: number): Writer {
  return Writer.create()
    .uint32(tag(1, 1))
    .double(now.getTime() / 1000)
    .uint32(tag(2, 0))
    .int64(step);
}

function versionEvent(now: Date): Uint8Array {
  return event(now, 0).uint32(tag(3, 2)).string('brain.Event:2').finish();
}

function startEvent(now: Date, step: number): Uint8Array {
  return event(now, step).uint32(tag(7, 2)).fork().uint32(tag(1, 0)).int32(1).ldelim().finish();
}

function summaryEvent(now: Date, step: number, values: readonly SummaryValue[]): Uint8Array {
  const writer = event(now, step).uint32(tag(5, 2)).fork();
  for (const value of values) value(writer.uint32(tag(1, 2)).fork()).ldelim();
  return writer.ldelim().finish();
}
