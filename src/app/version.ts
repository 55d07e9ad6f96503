import { defaultEngineCache, findProvisioned, type NativeEngine } from '../engine/native/binding/engines.js';
import { recipeFor, thisMachine, VARIANTS } from '../engine/native/provision/recipes.js';

/** The native engines that are set up. */
export async function installedEngines(): Promise<NativeEngine[]> {
  const engines: NativeEngine[] = [];
  for (const variant of VARIANTS) {
    try {
      const engine = await findProvisioned(defaultEngineCache(), recipeFor(variant, thisMachine()));
      if (engine !== undefined) engines.push(engine);
    } catch {
      // This machine has no such build, so it has no such engine.
    }
  }
  return engines;
}
