import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const archive = path.join(modules, '@sparticuz/chromium/bin/swiftshader.tar.br');
const folder = path.join(modules, '.cache/fmnist-swiftshader');

/**
 * The environment in which a process finds SwiftShader, a Vulkan driver in software, so that WebGPU runs where there is
 * no GPU. It must be there when the process starts: the dynamic linker reads it once.
 */
export function swiftShaderEnvironment(): Record<string, string> {
  if (!existsSync(folder)) unpack();
  return { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: path.join(folder, 'vk_swiftshader_icd.json') };
}

/** By a rename, so that test files which run at once see all of it or nothing. */
function unpack(): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  const partial = mkdtempSync(`${folder}-`);
  execFileSync('tar', ['-x', '-C', partial], { input: brotliDecompressSync(readFileSync(archive)) });
  try {
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
