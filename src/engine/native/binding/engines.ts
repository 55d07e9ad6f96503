import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import * as z from 'zod';
import { cacheFolder } from '../../../files/cache-folder.js';
import { nodeFileSystem, writeAtomically } from '../../../files/file-system.js';
import { sha256 } from '../../../files/hash.js';
import type { Recipe, Variant } from '../provision/recipes.js';
import { diedLoading } from './load-mark.js';

/** Raised when the layout or the build changes, so that older engines are built again. */
const FORMAT = 1;
export const ENGINE_MANIFEST = 'engine.json';

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  tensorflow: z.string(),
  variant: z.enum(['cpu', 'gpu']),
  compiler: z.string(),
  /** Paths of empty libraries in the place of those that are never called. */
  standIns: z.array(z.string()).default([]),
  /** Of the only card that it has device code for, e.g. `9.0`; undefined where it has all that TensorFlow has. */
  capability: z.string().optional(),
  /** Path in the engine's folder → bytes. */
  files: z.record(z.string(), z.number()),
  /** And their SHA-256, and the times at which they had it. */
  sha256: z.record(z.string(), z.string()).optional(),
  modified: z.record(z.string(), z.number()).optional(),
});
type Manifest = z.infer<typeof manifestSchema>;

/** A native TensorFlow on this machine. */
export interface NativeEngine {
  /** Built by `fmnist setup`, or the prebuilt one of @tensorflow/tfjs-node(-gpu). */
  readonly source: 'provisioned' | 'official';
  readonly variant: Variant;
  /** TensorFlow's version. */
  readonly tensorflow: string;
  readonly folder: string;
  /** `tfjs_binding.node` */
  readonly binding: string;
  /** Paths in its folder of empty libraries, in the place of those that are never called. */
  readonly standIns: readonly string[];
  /** The compute capability of the only kind of card that it has device code for, e.g. `9.0`. */
  readonly capability?: string | undefined;
}

/** Where engines lie: `$XDG_CACHE_HOME/fmnist/engines`, or what the platform has in its place. */
export function defaultEngineCache(): string {
  return join(cacheFolder(), 'engines');
}

/** The folder of a finished engine. It alone names it, so that a new TensorFlow or format gets a new place. */
export function engineFolder(cacheDir: string, { tensorflow, variant }: Recipe): string {
  return join(cacheDir, `tensorflow-${tensorflow}-${variant}-${process.platform}-${process.arch}-v${FORMAT}`);
}

/** What lies in the cache for a recipe. */
export interface Inspection {
  /** Where it is whole. */
  readonly engine: NativeEngine | undefined;
  /** Files that are missing or are not what was built; empty where nothing is there at all. */
  readonly damaged: readonly string[];
  /** Whether it was built before hashes were kept, so that nothing but its sizes can be looked at. */
  readonly unhashed: boolean;
}

/**
 * Looks at an engine's files: their sizes, and their hashes where their times are not those of the build, where a process
 * died while it loaded them, or where `thorough` asks for it (a second for each gigabyte).
 */
export async function inspectProvisioned(cacheDir: string, recipe: Recipe, thorough = false): Promise<Inspection> {
  const folder = engineFolder(cacheDir, recipe);
  const text = await readFile(join(folder, ENGINE_MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return { engine: undefined, damaged: [], unhashed: false };
  let manifest: Manifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(text));
  } catch {
    return { engine: undefined, damaged: [ENGINE_MANIFEST], unhashed: false };
  }
  const unhashed = manifest.sha256 === undefined;
  const damaged = await damagedFiles(folder, manifest, thorough || diedLoading(folder));
  if (damaged.length > 0) return { engine: undefined, damaged, unhashed };
  const { variant, tensorflow, standIns, capability } = manifest;
  const binding = join(folder, 'tfjs_binding.node');
  const engine = { source: 'provisioned', variant, tensorflow, folder, binding, standIns, capability } as const;
  return { engine, damaged, unhashed };
}

async function damagedFiles(folder: string, manifest: Manifest, thorough: boolean): Promise<string[]> {
  const damaged: string[] = [];
  let touched = false;
  for (const [file, bytes] of Object.entries(manifest.files)) {
    const found = await stat(join(folder, file)).catch(() => undefined);
    const sha = manifest.sha256?.[file];
    const moved = found?.mtimeMs !== manifest.modified?.[file];
    if (found?.size !== bytes) damaged.push(file);
    else if (sha !== undefined && (thorough || moved)) {
      if ((await sha256(join(folder, file))) !== sha) damaged.push(file);
      else touched ||= moved;
    }
  }
  // A copied cache has other times: its hashes are right, and need not be made again at each start.
  if (touched && damaged.length === 0) await keepTimes(folder, manifest).catch(() => {});
  return damaged;
}

async function keepTimes(folder: string, manifest: Manifest): Promise<void> {
  const modified: Record<string, number> = {};
  for (const file of Object.keys(manifest.files)) modified[file] = (await stat(join(folder, file))).mtimeMs;
  await writeManifest(folder, { ...manifest, modified });
}

/** Keeps hashes and times of an engine that was built without, once it is known to load. */
export async function keepHashes(folder: string): Promise<void> {
  const manifest = await readManifest(folder);
  await writeManifest(folder, { ...manifest, ...(await fingerprints(folder, Object.keys(manifest.files))) });
}

async function readManifest(folder: string): Promise<Manifest> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, ENGINE_MANIFEST), 'utf8')));
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeAtomically(nodeFileSystem, join(folder, ENGINE_MANIFEST), [Buffer.from(textOf(manifest))]);
}

function textOf(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/**
 * The manifest of a copy of an engine that keeps device code for one kind of card.
 *
 * @param capability of that card, e.g. `9.0`
 * @param sha256 of a file of the copy
 */
export async function manifestForCard(
  folder: string,
  capability: string,
  sha256: (file: string) => string | undefined,
): Promise<string> {
  const manifest = await readManifest(folder);
  const hashes = Object.keys(manifest.files).map((file) => [file, sha256(file) ?? '']);
  return textOf({ ...manifest, capability, sha256: Object.fromEntries(hashes) });
}

async function fingerprints(folder: string, files: readonly string[]) {
  const hashes: Record<string, string> = {};
  const modified: Record<string, number> = {};
  for (const file of files) {
    hashes[file] = (await sha256(join(folder, file))) ?? '';
    modified[file] = (await stat(join(folder, file))).mtimeMs;
  }
  return { sha256: hashes, modified };
}

/** Writes down what a finished engine is made of. */
export async function sealEngine(folder: string, recipe: Recipe, compiler: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes: Record<string, number> = {};
  for (const file of files) sizes[relative(folder, file)] = (await stat(file)).size;
  const { tensorflow, variant, standIns } = recipe;
  const manifest: Manifest = { format: FORMAT, tensorflow, variant, compiler, standIns: [...standIns], files: sizes };
  await writeManifest(folder, { ...manifest, ...(await fingerprints(folder, Object.keys(sizes))) });
}

/** The engine provisioned for a recipe; undefined where there is none, or where it is damaged. */
export async function findProvisioned(cacheDir: string, recipe: Recipe): Promise<NativeEngine | undefined> {
  return (await inspectProvisioned(cacheDir, recipe)).engine;
}
