import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import type { Recipe, Variant } from '../provision/recipes.js';

/** Raised when the layout or the build changes, so that older engines are built again. */
const FORMAT = 1;
const MANIFEST = 'engine.json';

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  tensorflow: z.string(),
  variant: z.enum(['cpu', 'gpu']),
  compiler: z.string(),
  /** Path in the engine's folder → bytes. */
  files: z.record(z.string(), z.number()),
});
export type Manifest = z.infer<typeof manifestSchema>;

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
}

/** Where engines lie: `$XDG_CACHE_HOME/fmnist/engines`, or what the platform has in its place. */
export function defaultEngineCache(): string {
  return join(envPaths('fmnist', { suffix: '' }).cache, 'engines');
}

/** The folder of a finished engine. It alone names it, so that a new TensorFlow or format gets a new place. */
export function engineFolder(cacheDir: string, { tensorflow, variant }: Recipe): string {
  return join(cacheDir, `tensorflow-${tensorflow}-${variant}-${process.platform}-${process.arch}-v${FORMAT}`);
}

export function manifestOf(recipe: Recipe, compiler: string, files: Record<string, number>): string {
  const { tensorflow, variant } = recipe;
  const manifest: Manifest = { format: FORMAT, tensorflow, variant, compiler, files };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

export { MANIFEST };

/** What lies in the cache for a recipe. */
export interface Inspection {
  /** Where it is whole. */
  readonly engine: NativeEngine | undefined;
  /** Files that are missing or cut short; empty where nothing is there at all. */
  readonly damaged: readonly string[];
}

export async function inspectProvisioned(cacheDir: string, recipe: Recipe): Promise<Inspection> {
  const folder = engineFolder(cacheDir, recipe);
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) return { engine: undefined, damaged: [] };
  let manifest: Manifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(text));
  } catch {
    return { engine: undefined, damaged: [MANIFEST] };
  }
  const damaged: string[] = [];
  for (const [file, bytes] of Object.entries(manifest.files)) {
    const size = await stat(join(folder, file)).then(
      (s) => s.size,
      () => undefined,
    );
    if (size !== bytes) damaged.push(file);
  }
  if (damaged.length > 0) return { engine: undefined, damaged };
  const { variant, tensorflow } = manifest;
  const binding = join(folder, 'tfjs_binding.node');
  return { engine: { source: 'provisioned', variant, tensorflow, folder, binding }, damaged };
}

/** The engine provisioned for a recipe; undefined where there is none, or where it is damaged. */
export async function findProvisioned(cacheDir: string, recipe: Recipe): Promise<NativeEngine | undefined> {
  return (await inspectProvisioned(cacheDir, recipe)).engine;
}
