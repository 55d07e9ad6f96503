import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { DataError } from '../../errors.js';
import { isPartial } from '../../files/file-system.js';
import { sha256Of } from '../../files/hash.js';
import { makeFolder } from '../../files/make-folder.js';
import { filesIn, SPARE } from '../../runs/size.js';
import type { Bucket, Stored } from './bucket.js';

/** Of a file, of a folder, of an object: none of them leads elsewhere. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

function isInside(file: string): boolean {
  return file.split('/').every((part) => NAME.test(part));
}

/** A run's files as they were at one moment. */
const snapshotSchema = z.strictObject({
  v: z.literal(1),
  files: z.array(
    z.strictObject({
      path: z.string().refine(isInside),
      sha256: z.string(),
      /** Its key in the bucket, below the run's. Keys are never used again: what a snapshot names stays what it was. */
      object: z.string().regex(NAME),
    }),
  ),
});

type Snapshot = z.output<typeof snapshotSchema>;

/** What a run goes on from comes first: what tells of it may be newer, but not older. */
const FIRST = 'checkpoints/last.safetensors';

/**
 * A run in a bucket: its files as objects, and one that says which of them belong together. That one is only ever
 * replaced where it is still what this machine has seen: of several that train the same run, one is first with each
 * checkpoint, and the others find out.
 */
export class StoredRun {
  readonly #bucket: Bucket;
  readonly #run: string;
  readonly #key: string;
  readonly #owner = randomBytes(8).toString('hex');
  #seen: { readonly snapshot: Snapshot; readonly etag: string } | undefined;
  #uploads = 0;

  constructor(bucket: Bucket, run: string) {
    this.#bucket = bucket;
    this.#run = run;
    this.#key = `runs/${run}.json`;
  }

  /** Writes the newest snapshot into a folder that has nothing of the run. */
  async fetch(folder: string): Promise<void> {
    for (;;) {
      const stored = await this.#bucket.read(this.#key);
      if (stored === undefined) return;
      const snapshot = this.#parse(stored);
      if (await this.#fetchFiles(snapshot, folder)) {
        this.#seen = { snapshot, etag: stored.etag };
        return;
      }
      // Somebody has saved it again meanwhile, and removed what is needed no more.
      if ((await this.#bucket.read(this.#key))?.etag === stored.etag) throw this.#damaged();
      await fs.rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * Puts the folder as it is into the bucket.
   *
   * @returns false where somebody else was faster: nothing has changed then
   */
  async save(folder: string): Promise<boolean> {
    const before = this.#seen?.snapshot.files ?? [];
    const files: Snapshot['files'] = [];
    for (const file of await runFiles(folder)) files.push(await this.#saveFile(folder, file, before));
    const uploaded = files.filter((file) => !before.includes(file));
    const dropped = before.filter((file) => !files.includes(file));
    if (uploaded.length + dropped.length === 0) return true;
    const snapshot: Snapshot = { v: 1, files };
    const text = JSON.stringify(snapshot);
    const there = await this.#bucket.write(this.#key, text, this.#seen?.etag);
    const isOurs = there.text === text;
    if (isOurs) this.#seen = { snapshot, etag: there.etag };
    await this.#bucket.remove((isOurs ? dropped : uploaded).map(({ object }) => this.#objectKey(object)));
    return isOurs;
  }

  async #saveFile(folder: string, file: string, before: Snapshot['files']): Promise<Snapshot['files'][number]> {
    // It may be replaced meanwhile: the file that is open stays what it was, or grows.
    const handle = await fs.open(path.join(folder, file), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const { size } = await handle.stat();
      const sha256 = await sha256Of(
        size === 0 ? Readable.from([]) : handle.createReadStream({ start: 0, end: size - 1, autoClose: false }),
      );
      const known = before.find((each) => each.path === file && each.sha256 === sha256);
      if (known !== undefined) return known;
      const object = `${this.#owner}-${this.#uploads++}`;
      await this.#bucket.upload(this.#objectKey(object), handle, size);
      return { path: file, sha256, object };
    } finally {
      await handle.close();
    }
  }

  /** @returns false where an object is gone */
  async #fetchFiles({ files }: Snapshot, folder: string): Promise<boolean> {
    for (const { path: file, sha256, object } of files) {
      const target = path.join(folder, file);
      await makeFolder(path.dirname(target));
      const got = await this.#bucket.download(this.#objectKey(object), target);
      if (got === undefined) return false;
      if (got !== sha256) throw this.#damaged();
    }
    return true;
  }

  #objectKey(object: string): string {
    return `runs/${this.#run}/${object}`;
  }

  #parse({ text }: Stored): Snapshot {
    try {
      return snapshotSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw this.#damaged(cause);
    }
  }

  #damaged(cause?: unknown): DataError {
    return new DataError(`the run ${this.#run} in ${this.#bucket.label} is damaged`, {
      hint: `Remove ${this.#key} there: the run then begins again.`,
      cause,
    });
  }
}

/** A run's files by their paths in its folder, with slashes: all but locks, and what it could do without. */
async function runFiles(folder: string): Promise<string[]> {
  const files = (await filesIn(folder)).map(({ file }) => path.relative(folder, file).split(path.sep).join('/'));
  const kept = files.filter((file) => isInside(file) && !SPARE.test(file) && !isPartial(file));
  return kept.sort((a, b) => Number(b === FIRST) - Number(a === FIRST));
}
