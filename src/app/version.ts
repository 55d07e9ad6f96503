/**
 * What `fmnist --version` prints: the tool, Node, and the native engines that are set up. A line each, name first.
 * @param version the tool's own
 */
export async function versionText(version: string): Promise<string> {
  const engines = await installedEngines();
  const lines = [
    `fmnist ${version}`,
    `node ${process.versions.node} (${process.platform} ${process.arch})`,
    ...(engines.length > 0 ? engines : ['engine not set up yet: fmnist setup, or the first fmnist train, does it']),
  ];
  return `${lines.join('\n')}\n`;
}

async function installedEngines(): Promise<string[]> {
  const { defaultEngineCache, findProvisioned } = await import('../engine/native/binding/engines.js');
  const { recipeFor, thisMachine, VARIANTS } = await import('../engine/native/provision/recipes.js');
  const lines: string[] = [];
  for (const variant of VARIANTS) {
    try {
      const engine = await findProvisioned(defaultEngineCache(), recipeFor(variant, thisMachine()));
      if (engine) lines.push(`engine TensorFlow ${engine.tensorflow} (${variant.toUpperCase()}) in ${engine.folder}`);
    } catch {
      // This machine has no such build, so it has no such engine.
    }
  }
  return lines;
}
