import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../../../errors.js';
import { sha256 } from '../../../files/hash.js';
import type { Wheel } from './recipes.js';
import { makeStaging } from './staging.js';
import { lastLines, runTool } from './tool.js';

/** How pip is started on this machine, e.g. `['python3', '-m', 'pip']`. */
export type Pip = readonly [command: string, ...args: string[]];

const SPELLINGS: readonly Pip[] = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];

/** Wheels for Python 3.11 are taken whatever Python is there: nothing of them is Python to us. */
const TARGET = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'];
const POLL_MS = 250;

export async function findPip(env: NodeJS.ProcessEnv): Promise<Pip | undefined> {
  for (const pip of SPELLINGS) {
    const [command, ...args] = pip;
    const result = await runTool(command, [...args, '--version'], { env, timeoutMs: 30_000 });
    if (result?.code === 0) return pip;
  }
  return undefined;
}

export interface WheelRequest {
  readonly pip: Pip;
  readonly wheel: Wheel;
  /** Where finished wheels are kept until the engine is built. */
  readonly downloads: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes: (bytes: number) => void;
}

/**
 * A wheel whose hash has been verified: the one that an earlier, interrupted run left, or a fresh one through pip,
 * which brings the user's proxies, mirrors and certificates.
 *
 * @returns its path
 * @throws EngineError when it cannot be downloaded or is not the pinned one
 */
export async function fetchWheel({ pip, wheel, downloads, env, signal, onBytes }: WheelRequest): Promise<string> {
  const kept = join(downloads, `${wheel.sha256}.whl`);
  if ((await sha256(kept)) === wheel.sha256) {
    onBytes(wheel.bytes);
    return kept;
  }
  await mkdir(downloads, { recursive: true });
  const scratch = await makeStaging(downloads);
  try {
    const requirements = join(scratch, 'requirements.txt');
    await writeFile(requirements, `${wheel.requirement} --hash=sha256:${wheel.sha256}\n`);
    const watch = setInterval(() => void folderBytes(scratch).then(onBytes, () => {}), POLL_MS);
    try {
      await runPip(pip, wheel, scratch, requirements, env, signal);
    } finally {
      clearInterval(watch);
    }
    const file = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
    if (file === undefined) throw new EngineError(`pip brought no wheel of ${wheel.requirement}`);
    await rename(join(scratch, file), kept);
    onBytes(wheel.bytes);
    return kept;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function runPip(
  [command, ...args]: Pip,
  wheel: Wheel,
  scratch: string,
  requirements: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = ['--platform', wheel.tag, ...TARGET];
  const only = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir', '--progress-bar', 'off'];
  const result = await runTool(
    command,
    [...args, 'download', ...only, '--disable-pip-version-check', ...target, '-d', scratch, '-r', requirements],
    // pip streams into TMPDIR: there its bytes can be counted, and they stay on the disk that has been checked.
    { env: { ...env, TMPDIR: scratch, PIP_REQUIRE_VIRTUALENV: '0' }, signal },
  );
  if (result?.code !== 0) throw pipFailure(wheel, `${result?.stdout ?? ''}\n${result?.stderr ?? ''}`);
}

interface Failure {
  readonly sign: RegExp;
  readonly what: string;
  readonly hint: string;
}

const FAILURES: readonly Failure[] = [
  {
    sign: /DO NOT MATCH THE HASHES/i,
    what: 'what the package index sent is not the pinned file (SHA-256 differs)',
    hint: 'Something between here and the index changes files. Try another network, or name a mirror with PIP_INDEX_URL.',
  },
  {
    sign: /No space left on device/i,
    what: 'no space is left on the disk',
    hint: 'Free some, or name another disk with XDG_CACHE_HOME.',
  },
  {
    sign: /NewConnectionError|NameResolutionError|ConnectTimeout|Read timed out|ProxyError|SSLError|Max retries|Connection (refused|reset|broken)|Temporary failure/i,
    what: 'there is no connection to the Python package index',
    hint: 'Check the network, or name a proxy (HTTPS_PROXY) or a mirror (PIP_INDEX_URL). Meanwhile --device wasm works.',
  },
  {
    sign: /No matching distribution|Could not find a version/i,
    what: 'the package index does not have it, or cannot be reached',
    hint: 'Check the network and the proxy (HTTPS_PROXY), or name a complete index with PIP_INDEX_URL; --device wasm works without.',
  },
];

function pipFailure(wheel: Wheel, output: string): EngineError {
  const known = FAILURES.find(({ sign }) => sign.test(output));
  return new EngineError(
    `${wheel.requirement} could not be downloaded: ${known?.what ?? (lastLines(output, 1) || 'pip failed')}`,
    { hint: known?.hint ?? 'Try again with: $0 setup', problems: lastLines(output, 4).split('\n') },
  );
}

/** Bytes of all files in a folder and its folders. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((e) => e.isFile())
    .map((e) =>
      stat(join(e.parentPath, e.name)).then(
        (s) => s.size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
