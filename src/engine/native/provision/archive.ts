import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Entry, ZipFile } from 'yauzl';
import * as z from 'zod';
import { DataError, EngineError, FmnistError } from '../../../errors.js';
import { cacheFolder } from '../../../files/cache-folder.js';
import { errorCode, hasCode, isDiskFull } from '../../../files/errors.js';
import { nodeFileSystem, writeAtomically } from '../../../files/file-system.js';
import { sha256, sha256Of } from '../../../files/hash.js';
import { ENGINE_MANIFEST, manifestForCard, type NativeEngine } from '../binding/engines.js';
import { probeBinding } from '../binding/probe.js';
import { foreignDeviceCode, zeroed } from './device-code.js';
import { withLock } from './lock.js';
import { freeBytes, gigabytes, requireWritable } from './preflight.js';
import type { ProvisionProgress } from './provision.js';
import type { Machine } from './recipes.js';
import { clearStaging, makeStaging, syncTree } from './staging.js';
import { unpackEntry } from './unpack.js';

const MANIFEST = 'fmnist-archive.json';
/** No honest manifest comes near it. */
const MOST_MANIFEST_BYTES = 16 * 1024 * 1024;
const ENGINES = 'engines';
const DATA = 'data';

const manifestSchema = z.strictObject({
  format: z.literal(1),
  platform: z.string(),
  arch: z.string(),
  libc: z.string().optional(),
  tensorflow: z.string(),
  variant: z.enum(['cpu', 'gpu']),
  /** The engine's folder. */
  engine: z.string().regex(/^tensorflow-[\w.-]+$/),
  /** Path in the cache → what the file must be. */
  files: z.record(
    z.string().regex(/^(engines|data)(\/(?!\.\.?(?:\/|$))[^/\\\0]+)+$/),
    z.strictObject({ bytes: z.int().nonnegative(), sha256: z.string() }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;

export interface ArchiveOptions {
  /** The tool's folder in the user's cache, with `engines` and `data`. */
  readonly cache?: string;
  readonly machine: Machine;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: ProvisionProgress) => void;
}

/** What was written or put in place. */
export interface Archived {
  readonly tensorflow: string;
  readonly variant: Manifest['variant'];
  readonly files: number;
  /** Not compressed. */
  readonly bytes: number;
}

/**
 * Writes an engine and the data in the cache as one zip, for a machine without a network; as a whole or not at all.
 *
 * @param capability of the one card it is for, e.g. `9.0`: device code for others stays out
 * @throws DataError when it cannot be written
 */
export async function exportArchive(
  file: string,
  engine: NativeEngine,
  options: ArchiveOptions,
  capability?: string,
): Promise<Archived> {
  const { cache = cacheFolder(), machine, onProgress, signal } = options;
  const name = path.basename(engine.folder);
  const inEngine = `${ENGINES}/${name}/`;
  const contents = new Map<string, Content>();
  for (const entry of [...(await filesIn(cache, inEngine)), ...(await filesIn(cache, DATA))].sort()) {
    signal?.throwIfAborted();
    contents.set(entry, await contentOf(path.join(cache, entry), capability));
  }
  if (capability !== undefined) {
    const hash = (inner: string) => contents.get(`${inEngine}${inner}`)?.sha256;
    const text = await manifestForCard(engine.folder, capability, hash);
    contents.set(`${inEngine}${ENGINE_MANIFEST}`, await textContent(text));
  }
  const files: Manifest['files'] = {};
  for (const [entry, { bytes, sha256 }] of contents) files[entry] = { bytes, sha256 };
  const { tensorflow, variant } = engine;
  const { platform, arch, libc } = machine;
  const manifest: Manifest = {
    format: 1,
    platform,
    arch,
    ...(libc && { libc }),
    tensorflow,
    variant,
    engine: name,
    files,
  };
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  // It is typed as less than it is.
  const outputStream = zip.outputStream as Readable;
  const failed = (what: string) => (cause: Error) =>
    outputStream.destroy(
      new DataError(`${what} cannot be packed (${errorCode(cause) ?? cause.message})`, {
        hint: 'Another program may have changed or removed it: see with $0 setup --check, then export again.',
        cause,
      }),
    );
  zip.on('error', failed(cache));
  zip.addBuffer(Buffer.from(JSON.stringify(manifest, null, 2)), MANIFEST);
  for (const [entry, { bytes, mode, read }] of contents) {
    // The fastest level: libraries of gigabytes shrink by it nearly as far as by the others.
    zip.addReadStreamLazy(entry, { mode, size: bytes, compressionLevel: 1 }, (give) =>
      give(null, Readable.from(read()).on('error', failed(path.join(cache, entry)))),
    );
  }
  zip.end();
  const total = bytesOf(manifest);
  let done = 0;
  async function* watched() {
    for await (const chunk of outputStream) {
      signal?.throwIfAborted();
      done += (chunk as Buffer).length;
      onProgress({ phase: 'pack', what: path.basename(file), done: Math.min(done, total), total });
      yield chunk as Buffer;
    }
  }
  try {
    await writeAtomically(nodeFileSystem, path.resolve(file), watched());
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof FmnistError) throw cause;
    const hint = isDiskFull(cause)
      ? 'Free some space, or name a file on another disk.'
      : 'Name a file that can be written.';
    throw new DataError(`the archive ${file} cannot be written (${errorCode(cause) ?? cause})`, { hint, cause });
  }
  return { tensorflow, variant, files: contents.size, bytes: total };
}

/**
 * Puts what {@link exportArchive} wrote into the cache. Every file is checked before the first one is placed.
 * @throws DataError for an archive that is cut short, not ours, damaged or of another platform; EngineError when its engine
 *   does not load here
 */
export async function importArchive(file: string, options: ArchiveOptions): Promise<Archived> {
  const { cache = cacheFolder(), machine, env, signal, onProgress } = options;
  const zip = await openZip(file);
  try {
    const { manifest, entries } = await readManifest(zip, file);
    requirePlatform(file, manifest, machine);
    const engines = path.join(cache, ENGINES);
    await requireWritable(engines);
    const onWait = () =>
      onProgress({ phase: 'wait', what: 'another process is setting the engine up', done: 0, total: 0 });
    return await withLock(engines, { signal, onWait }, async () => {
      let staging: string | undefined;
      try {
        await clearStaging(engines, true);
        await requireRoom(file, manifest, engines);
        staging = await makeStaging(engines);
        await unpackAll(zip, file, manifest, entries, staging, options);
        onProgress({ phase: 'check', what: 'loading it', done: 0, total: 0 });
        const engine = path.join(staging, ENGINES, manifest.engine);
        const probe = await probeBinding(path.join(engine, 'tfjs_binding.node'), env);
        if (!probe.loads) {
          throw new EngineError(`the engine of ${file} does not load on this machine: ${probe.reason}`, {
            hint: 'Its libraries need a glibc as new as that of the machine that wrote it; --device wasm works meanwhile.',
          });
        }
        signal?.throwIfAborted();
        await place(staging, cache, manifest);
      } catch (error) {
        signal?.throwIfAborted();
        const code = errorCode(error);
        if (error instanceof FmnistError || code === undefined) throw error;
        const why = isDiskFull(error)
          ? `no space is left on the disk of ${cache}`
          : `${file} cannot be put into ${cache} (${code})`;
        throw new DataError(why, {
          hint: 'Free some space there and import again, or name another disk with XDG_CACHE_HOME.',
          cause: error,
        });
      } finally {
        if (staging !== undefined) await rm(staging, { recursive: true, force: true });
      }
      const { tensorflow, variant, files } = manifest;
      return { tensorflow, variant, files: Object.keys(files).length, bytes: bytesOf(manifest) };
    });
  } finally {
    zip.close();
  }
}

/** A file as it goes into the archive. */
interface Content {
  readonly bytes: number;
  readonly mode: number;
  readonly sha256: string;
  readonly read: () => AsyncIterable<Buffer>;
}

async function contentOf(file: string, capability: string | undefined): Promise<Content> {
  const { size, mode } = await stat(file);
  const foreign = capability === undefined ? [] : await foreignDeviceCode(file, capability);
  const read = () => zeroed(createReadStream(file, { highWaterMark: 1 << 20 }), foreign);
  return { bytes: size, mode, sha256: await sha256Of(read()), read };
}

async function textContent(text: string): Promise<Content> {
  const read = () => Readable.from([Buffer.from(text)]);
  return { bytes: Buffer.byteLength(text), mode: 0o644, sha256: await sha256Of(read()), read };
}

async function filesIn(cache: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(cache, folder), { recursive: true, withFileTypes: true }).catch((error) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return (
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(cache, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      // What begins with a dot is a lock, a mark or half of a download.
      .filter((name) => !name.split('/').some((part) => part.startsWith('.')))
  );
}

function bytesOf({ files }: Manifest): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
}

const AGAIN = 'Copy it again, or write it again with: $0 setup --export FILE';

async function openZip(file: string): Promise<ZipFile> {
  try {
    if (!(await stat(file)).isFile()) throw Object.assign(new Error('it is not a file'), { code: 'not a file' });
    const { openPromise } = await import('yauzl');
    return await openPromise(file, { autoClose: false });
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) throw new DataError(`there is no archive ${file}`, { hint: AGAIN, cause });
    throw new DataError(`${file} is no archive, or is cut short`, { hint: AGAIN, cause });
  }
}

async function readManifest(zip: ZipFile, file: string): Promise<{ manifest: Manifest; entries: Map<string, Entry> }> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  } catch (cause) {
    throw new DataError(`${file} is damaged: its list of files cannot be read`, { hint: AGAIN, cause });
  }
  const entry = entries.get(MANIFEST);
  entries.delete(MANIFEST);
  if (entry === undefined || entry.uncompressedSize > MOST_MANIFEST_BYTES) {
    throw new DataError(`${file} is a zip, but not one that fmnist setup --export wrote`, { hint: AGAIN });
  }
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    const manifest = manifestSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    return { manifest, entries };
  } catch (cause) {
    throw new DataError(`${file} is damaged, or of another version of fmnist: its manifest cannot be read`, {
      hint: AGAIN,
      cause,
    });
  }
}

function requirePlatform(file: string, { platform, arch, libc }: Manifest, machine: Machine): void {
  const [theirs, ours] = [
    [platform, arch, libc],
    [machine.platform, machine.arch, machine.libc],
  ].map((parts) => parts.filter(Boolean).join(' '));
  if (theirs === ours) return;
  throw new DataError(`${file} is for ${theirs}, and this machine is ${ours}`, {
    hint: 'Write it on a machine of the same kind with: $0 setup --export FILE',
  });
}

async function unpackAll(
  zip: ZipFile,
  file: string,
  manifest: Manifest,
  entries: ReadonlyMap<string, Entry>,
  staging: string,
  { signal, onProgress }: ArchiveOptions,
): Promise<void> {
  const total = bytesOf(manifest);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    onProgress({ phase: 'unpack', what: path.basename(file), done: Math.min(done, total), total });
  };
  for (const [name, { bytes, sha256: expected }] of Object.entries(manifest.files)) {
    const entry = entries.get(name);
    if (entry === undefined) throw new DataError(`${file} lacks ${name}`, { hint: AGAIN });
    const target = path.join(staging, ...name.split('/'));
    // A file that claims to be larger is not unpacked at all.
    const same = entry.uncompressedSize === bytes && (await unpacked(zip, entry, target, onBytes, signal));
    if (!same || (await sha256(target)) !== expected) {
      throw new DataError(`${file} is damaged: ${name} is not what was exported`, { hint: AGAIN });
    }
  }
}

/** False where the compressed bytes make no file. */
async function unpacked(
  zip: ZipFile,
  entry: Entry,
  target: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await unpackEntry(zip, entry, target, onBytes, signal);
    return true;
  } catch (error) {
    // The disk has a code; what zlib and yauzl find wrong in the bytes is the archive's.
    if (signal?.aborted || (errorCode(error)?.startsWith('E') ?? false)) throw error;
    return false;
  }
}

/** Before a byte of it is written. @throws DataError */
async function requireRoom(file: string, manifest: Manifest, cache: string): Promise<void> {
  const [needed, free] = [bytesOf(manifest), await freeBytes(cache)];
  if (needed <= free) return;
  throw new DataError(`${file} needs ${gigabytes(needed)} in ${cache}, and ${gigabytes(free)} are free`, {
    hint: 'Free some space there, or name another disk with XDG_CACHE_HOME.',
  });
}

/** The data first: an engine is what says that the import is done. */
async function place(staging: string, cache: string, { engine, files }: Manifest): Promise<void> {
  await syncTree(staging);
  for (const name of Object.keys(files)) {
    if (!name.startsWith(`${DATA}/`)) continue;
    const target = path.join(cache, ...name.split('/'));
    await mkdir(path.dirname(target), { recursive: true });
    await rename(path.join(staging, ...name.split('/')), target);
    await nodeFileSystem.syncFolder(path.dirname(target));
  }
  const target = path.join(cache, ENGINES, engine);
  await rm(target, { recursive: true, force: true });
  await rename(path.join(staging, ENGINES, engine), target);
  await nodeFileSystem.syncFolder(path.join(cache, ENGINES));
}
