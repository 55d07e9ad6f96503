import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EngineError } from '../../../errors.js';
import { sha256 } from '../../../files/hash.js';
import { lastLines, runTool } from './tool.js';

const VERSION = '4.22.0';
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
const TARBALL_SHA256 = 'afd5599ee1662e732c00a0ad1f52a3d001bdc118a1f44bd592a0a0ebf2daa4c7';

const require = createRequire(import.meta.url);

/** The folder of a package that is installed beside this one; undefined where it is not. */
export function packageFolder(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

/** The C++ sources of the binding, where npm has already brought them. */
export function installedSources(): string | undefined {
  for (const name of PACKAGES) {
    const folder = packageFolder(name);
    if (folder === undefined) continue;
    const { version } = require(join(folder, 'package.json')) as { version?: unknown };
    const sources = join(folder, 'binding');
    if (version === VERSION && existsSync(join(sources, 'tfjs_binding.cc'))) return sources;
  }
  return undefined;
}

/**
 * The binding's C++ sources: from node_modules, else the pinned tarball through npm, unpacked under `scratch`.
 * @throws EngineError when npm cannot bring them
 */
export async function bindingSources(scratch: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> {
  const installed = installedSources();
  if (installed !== undefined) return installed;

  await mkdir(scratch, { recursive: true });
  const name = `${PACKAGES[0]}@${VERSION}`;
  const packed = await runTool('npm', ['pack', name, '--pack-destination', scratch, '--ignore-scripts'], {
    env,
    cwd: scratch,
    signal,
  });
  if (packed === undefined) {
    throw new EngineError(`npm was not found, and ${name} is not installed: its C++ sources are needed`, {
      hint: `Install them where npm is: npm install ${name} --ignore-scripts`,
    });
  }
  const tarball = (await readdir(scratch)).find((file) => file.endsWith('.tgz'));
  if (packed.code !== 0 || tarball === undefined) {
    throw new EngineError(`the sources of the TensorFlow binding could not be downloaded: npm pack ${name} failed`, {
      hint: 'Check the network, the proxy (HTTPS_PROXY) and the registry (npm config get registry).',
      problems: lastLines(packed.stderr, 4).split('\n'),
    });
  }
  if ((await sha256(join(scratch, tarball))) !== TARBALL_SHA256) {
    throw new EngineError(`what npm sent as ${name} is not the pinned file (SHA-256 differs)`, {
      hint: 'Try another registry: npm config set registry URL',
    });
  }
  const untarred = await runTool('tar', ['-xzf', tarball, 'package/binding'], { env, cwd: scratch, signal });
  if (untarred?.code !== 0) {
    throw new EngineError(
      `the sources of the TensorFlow binding could not be unpacked: ${untarred?.stderr ?? 'no tar'}`,
      {
        hint: 'Install tar: sudo apt-get install tar',
      },
    );
  }
  return join(scratch, 'package', 'binding');
}
