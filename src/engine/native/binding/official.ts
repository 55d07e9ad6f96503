import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Variant } from '../provision/recipes.js';
import { packageFolder } from '../provision/sources.js';
import type { NativeEngine } from './engines.js';
import { type Probe, probeBinding } from './probe.js';

const PACKAGES: readonly (readonly [name: string, variant: Variant])[] = [
  ['@tensorflow/tfjs-node-gpu', 'gpu'],
  ['@tensorflow/tfjs-node', 'cpu'],
];

export interface OfficialBinding {
  readonly name: string;
  readonly folder: string;
  readonly variant: Variant;
  /** Undefined where the package is there but its installer brought no binding. */
  readonly binding: string | undefined;
}

/** The tfjs-node packages in node_modules, whether their installers succeeded or not. */
export async function officialBindings(): Promise<OfficialBinding[]> {
  const found: OfficialBinding[] = [];
  for (const [name, variant] of PACKAGES) {
    const folder = packageFolder(name);
    if (folder === undefined) continue;
    const versions = (await readdir(join(folder, 'lib')).catch(() => [])).filter((v) => v.startsWith('napi-v'));
    const paths = versions.map((version) => join(folder, 'lib', version, 'tfjs_binding.node'));
    found.push({ name, folder, variant, binding: paths.findLast((path) => existsSync(path)) });
  }
  return found;
}

/** The prebuilt binding of a tfjs-node package, where there is one and it loads. */
export async function findOfficial(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly engine: NativeEngine; readonly probe: Probe } | undefined> {
  for (const { folder, variant, binding } of await officialBindings()) {
    if (binding === undefined) continue;
    const probe = await probeBinding(binding, env);
    if (!probe.loads) continue;
    return {
      engine: { source: 'official', variant, tensorflow: probe.tensorflow, folder, binding, standIns: [] },
      probe,
    };
  }
  return undefined;
}
