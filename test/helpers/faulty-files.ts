import type { FileSystem, OpenFile, ReadableFile } from '../../src/files/file-system.js';

/**
 * What befalls the k-th call: `ENOSPC` and `EIO` fail it, `short` makes a write take half of its bytes (and fails any
 * other call), `crashBefore` and `crashAfter` end the process around it: nothing that follows has any effect.
 */
export const FAULTS = ['ENOSPC', 'EIO', 'short', 'crashBefore', 'crashAfter'] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyFiles extends FileSystem {
  /** Calls so far. */
  readonly calls: () => number;
  readonly struck: () => boolean;
}

/** The system closes a dead process' files. */
function leaked(result: unknown): void {
  if (typeof result === 'object' && result !== null && 'close' in result) void (result as OpenFile).close();
}

/** A file system whose `k`-th call (counted from 1) suffers the fault; `lasting` makes all later ones fail too. */
export function faultyFiles(real: FileSystem, k: number, fault: Fault, lasting = false): FaultyFiles {
  let calls = 0;
  let crashed = false;

  async function call<T>(action: () => Promise<T>, short?: () => Promise<T>): Promise<T> {
    if (crashed) throw new Error('the process is dead');
    calls++;
    if (calls !== k && !(lasting && calls > k)) return action();
    if (fault === 'short' && short !== undefined) return short();
    if (fault === 'crashAfter') leaked(await action());
    if (fault === 'crashBefore' || fault === 'crashAfter') {
      crashed = true;
      throw new Error('the process died here');
    }
    const code = fault === 'ENOSPC' ? 'ENOSPC' : 'EIO';
    throw Object.assign(new Error(`${code}: injected`), { code });
  }

  const wrap = (file: OpenFile): OpenFile => ({
    write: (bytes) =>
      call(
        () => file.write(bytes),
        () => file.write(bytes.subarray(0, Math.floor(bytes.length / 2))),
      ),
    sync: () => call(() => file.sync()),
    close: async () => {
      if (crashed) await file.close();
      else await call(() => file.close()).finally(() => (calls === k ? file.close().catch(() => {}) : undefined));
    },
  });

  const readable = (file: ReadableFile): ReadableFile => ({
    size: file.size,
    read: (into, position) => call(() => file.read(into, position)),
    close: () => file.close(),
  });

  return {
    calls: () => calls,
    struck: () => calls >= k,
    create: async (file) => wrap(await call(() => real.create(file))),
    append: async (file) => wrap(await call(() => real.append(file))),
    open: async (file) => readable(await call(() => real.open(file))),
    rename: (from, to) => call(() => real.rename(from, to)),
    link: (file, name) => call(() => real.link(file, name)),
    remove: (file) => call(() => real.remove(file)),
    list: (folder) => call(() => real.list(folder)),
    syncFolder: (folder) => call(() => real.syncFolder(folder)),
  };
}
