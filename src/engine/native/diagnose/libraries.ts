import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../provision/tool.js';

/** What a TensorFlow with CUDA opens at run time; `ldd` does not know of these. */
export const CUDA_LIBRARIES = {
  /** TensorFlow 2.21, CUDA 12. */
  provisioned: [
    'libcudart.so.12',
    'libcublas.so.12',
    'libcublasLt.so.12',
    'libcufft.so.11',
    'libcusolver.so.11',
    'libcusparse.so.12',
    'libcudnn.so.9',
    'libnccl.so.2',
  ],
  /** TensorFlow 2.9 of the stock package, CUDA 11.2. */
  official: [
    'libcudart.so.11.0',
    'libcublas.so.11',
    'libcublasLt.so.11',
    'libcufft.so.10',
    'libcurand.so.10',
    'libcusolver.so.11',
    'libcusparse.so.11',
    'libcudnn.so.8',
  ],
} as const;

/** Comes with the driver, not with CUDA: without it there is no GPU, whatever else is there. */
export const DRIVER_LIBRARY = 'libcuda.so.1';

/** Where the driver's library lies under WSL, outside the linker's own paths. */
const EXTRA = ['/usr/lib/wsl/lib'];

/** Those of the libraries that the dynamic linker would not find; none where it cannot be asked. */
export async function missingLibraries(
  names: readonly string[],
  engineFolder: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const own = engineFolder === undefined ? [] : await nvidiaFolders(engineFolder);
  const folders = [...(env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean), ...own, ...EXTRA];
  const known = await linkerCache(env);
  return names.filter(
    (name) => known !== undefined && !known.has(name) && !folders.some((folder) => existsSync(join(folder, name))),
  );
}

/** Libraries that a file is linked to and that are not found. */
export async function unresolvedLibraries(file: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const result = await runTool('ldd', [file], { env, timeoutMs: 30_000 });
  return [...(result?.stdout ?? '').matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

/** The engine's folders with libraries, as its RUNPATH names them. */
async function nvidiaFolders(engineFolder: string): Promise<string[]> {
  const root = join(engineFolder, 'nvidia');
  const names = await readdir(root).catch(() => []);
  return names.map((name) => join(root, name, 'lib'));
}

async function linkerCache(env: NodeJS.ProcessEnv): Promise<Set<string> | undefined> {
  for (const command of ['ldconfig', '/sbin/ldconfig', '/usr/sbin/ldconfig']) {
    const result = await runTool(command, ['-p'], { env, timeoutMs: 10_000 });
    if (result?.code === 0)
      return new Set([...result.stdout.matchAll(/^\s+(\S+) \(/gm)].map((match) => match[1] ?? ''));
  }
  return undefined;
}
