import type { FileSystem, OpenFile, ReadableFile } from '../../src/files/file-system.js';

interface Inode {
  data: Buffer;
  /** What a power cut leaves for certain. */
  synced: Buffer;
}
type Names = Map<string, Inode>;

/**
 * A disk whose power can be cut. Bytes are safe when their file was synced, names when their folder was; before that
 * the disk may have done the first few of the changes of names, and any part of the bytes.
 */
export class MemoryDisk implements FileSystem {
  #names: Names = new Map();
  #durable: Names = new Map();
  #pending: ((names: Names) => void)[] = [];

  /** Changes of names that a power cut may undo. */
  get pending(): number {
    return this.#pending.length;
  }

  /** What is found after a power cut now: `names` of the pending changes were done, and `share` of the unsynced bytes. */
  afterPowerCut(names: number, share: number): MemoryDisk {
    const after = new MemoryDisk();
    const kept = new Map(this.#durable);
    for (const change of this.#pending.slice(0, names)) change(kept);
    for (const [name, { data, synced }] of kept) {
      const length = synced.length + Math.floor((data.length - synced.length) * share);
      const content = Buffer.from(data.subarray(0, length));
      after.#names.set(name, { data: content, synced: content });
    }
    after.#durable = new Map(after.#names);
    return after;
  }

  async create(path: string): Promise<OpenFile> {
    if (this.#names.has(path)) throw failure('EEXIST');
    const inode: Inode = { data: Buffer.alloc(0), synced: Buffer.alloc(0) };
    this.#change((names) => names.set(path, inode));
    return {
      write: async (bytes) => {
        inode.data = Buffer.concat([inode.data, bytes]);
        return bytes.length;
      },
      sync: async () => {
        inode.synced = inode.data;
      },
      close: async () => {},
    };
  }

  async append(): Promise<OpenFile> {
    throw new Error('checkpoints are never appended to');
  }

  async open(path: string): Promise<ReadableFile> {
    const { data } = this.#inode(path);
    return {
      size: data.length,
      read: async (into, position) => {
        if (data.copy(into, 0, position) < into.length) throw new Error('the file is shorter than it was');
      },
      close: async () => {},
    };
  }

  async link(file: string, name: string): Promise<void> {
    const inode = this.#inode(file);
    if (this.#names.has(name)) throw failure('EEXIST');
    this.#change((names) => names.set(name, inode));
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.#inode(from);
    // As POSIX has it: two names of one file stay as they are.
    if (this.#names.get(to) === inode) return;
    this.#change((names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }

  async remove(path: string): Promise<void> {
    this.#change((names) => names.delete(path));
  }

  async list(): Promise<string[]> {
    return [...this.#names.keys()];
  }

  async syncFolder(): Promise<void> {
    this.#durable = new Map(this.#names);
    this.#pending = [];
  }

  #change(change: (names: Names) => void): void {
    change(this.#names);
    this.#pending.push(change);
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw failure('ENOENT');
    return inode;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
