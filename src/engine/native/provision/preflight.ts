import { constants } from 'node:fs';
import { access, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '../../../errors.js';
import { errorCode, hasCode } from '../../../files/errors.js';
import { findCompiler } from './compile.js';
import { findPip, type Pip } from './pip.js';
import { downloadBytes, type Recipe } from './recipes.js';

export interface Tools {
  readonly pip: Pip;
  readonly compiler: string;
}

interface Lack {
  readonly what: string;
  readonly hint: string;
}

const NO_PIP: Lack = {
  what: 'pip was not found (tried python3 -m pip, pip3, pip): it downloads TensorFlow',
  hint: 'sudo apt-get install python3-pip',
};
const NO_COMPILER: Lack = {
  what: 'no C++ compiler was found (tried $CXX, g++, c++, clang++): it builds the binding to TensorFlow',
  hint: 'sudo apt-get install g++',
};

/**
 * Everything that provisioning needs, looked at before a byte is downloaded or written, so that one error names all that is
 * missing.
 * @throws EngineError
 */
export async function preflight(recipe: Recipe, cacheDir: string, env: NodeJS.ProcessEnv): Promise<Tools> {
  const place = await existing(cacheDir);
  await access(place, constants.W_OK).catch((cause: unknown) => {
    throw unwritable(cacheDir, cause);
  });
  const [pip, compiler, disk] = await Promise.all([findPip(env), findCompiler(env), lackingDisk(recipe, place)]);
  const lacks = [...(pip ? [] : [NO_PIP]), ...(compiler ? [] : [NO_COMPILER]), ...(disk ? [disk] : [])];
  const [first] = lacks;
  if (pip === undefined || compiler === undefined || first !== undefined) {
    const problems = lacks.map(({ what }) => what);
    throw new EngineError(
      lacks.length === 1
        ? (problems[0] ?? '')
        : `the native engine cannot be set up: ${lacks.length} things are missing`,
      {
        hint: `${lacks.map(({ hint }) => hint).join('; ')}. Without them, --device wasm works.`,
        problems: lacks.length === 1 ? [] : problems,
      },
    );
  }
  return { pip, compiler };
}

/** @throws EngineError when engines cannot be kept there */
export async function requireWritable(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true });
    await access(cacheDir, constants.W_OK);
  } catch (cause) {
    throw unwritable(cacheDir, cause);
  }
}

function unwritable(cacheDir: string, cause: unknown): EngineError {
  return new EngineError(`the engine cache ${cacheDir} cannot be written (${errorCode(cause) ?? cause})`, {
    hint: 'Name a folder you may write with XDG_CACHE_HOME.',
    cause,
  });
}

/** The folder, or the nearest one above it that is there. */
async function existing(folder: string): Promise<string> {
  const found = await stat(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT') && folder !== dirname(folder)) return undefined;
    throw unwritable(folder, error);
  });
  return found === undefined ? existing(dirname(folder)) : folder;
}

async function lackingDisk(recipe: Recipe, cacheDir: string): Promise<Lack | undefined> {
  const needed = recipe.unpackedBytes + downloadBytes(recipe);
  const free = await freeBytes(cacheDir);
  if (free >= needed) return undefined;
  return {
    what: `the ${recipe.variant.toUpperCase()} engine needs ${gigabytes(needed)} in ${cacheDir}, and ${gigabytes(free)} are free`,
    hint: 'Free some disk space, or name another disk with XDG_CACHE_HOME',
  };
}

/** What a user may still write on the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
