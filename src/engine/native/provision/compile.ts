import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../../errors.js';
import { packageFile } from '../../../package.js';
import { lastLines, runTool } from './tool.js';

const require = createRequire(import.meta.url);
const OWN_SOURCES = fileURLToPath(packageFile('native/'));

/**
 * Empty libraries of these names stand in for the real ones while linking: a linker reads a gigabyte of symbols in the
 * real ones, to find in seconds (or minutes, on a slow disk) what the first loading finds anyway.
 */
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The compiler to call; `$CXX` first, as make has it. Undefined where there is none. */
export async function findCompiler(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const command of [env.CXX, 'g++', 'c++', 'clang++']) {
    if (command === undefined || command === '') continue;
    const result = await runTool(command, ['--version'], { env, timeoutMs: 30_000 });
    if (result?.code === 0) return command;
  }
  return undefined;
}

export interface CompileRequest {
  readonly compiler: string;
  /** The binding's C++ sources. */
  readonly sources: string;
  /** The engine's folder: holds `tensorflow/` and receives `tfjs_binding.node` and `stderr.node`. */
  readonly folder: string;
  /** Libraries to make empty, by their paths in the folder. */
  readonly standIns: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compiles the binding against the engine's libraries, which it will find by a path relative to its own.
 * Node-API is stable over Node's versions, so its headers come from npm and one build serves every Node.
 * @throws EngineError with the compiler's last words
 */
export async function compile({ compiler, sources, folder, standIns, env, signal }: CompileRequest): Promise<void> {
  const headers = [`-I${nodeApiHeaders()}`, `-I${join(folder, 'tensorflow', 'include')}`];
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', ...headers];
  const stubs = join(folder, 'stubs');
  const empty = [...LIBRARIES.map((name) => join('stubs', name)), ...standIns];
  for (const file of empty) await mkdir(dirname(join(folder, file)), { recursive: true });
  const outputs: readonly (readonly [output: string, args: readonly string[]])[] = [
    ...empty.map((file) => [file, ['-nostdlib', `-Wl,-soname,${basename(file)}`, '-x', 'c', '/dev/null']] as const),
    [
      'tfjs_binding.node',
      [
        join(sources, 'tfjs_binding.cc'),
        join(sources, 'tfjs_backend.cc'),
        `-L${stubs}`,
        '-Wl,--no-as-needed',
        ...LIBRARIES.map((name) => `-l:${name}`),
        '-Wl,-rpath,$ORIGIN/tensorflow',
      ],
    ],
    ['stderr.node', [join(OWN_SOURCES, 'stderr.cc')]],
  ];
  for (const [output, args] of outputs) {
    // The compiler's temporary files go where its output goes: $TMPDIR may be full, or not be there.
    const tool = { env: { ...env, TMPDIR: folder }, signal };
    const result = await runTool(compiler, [...flags, ...args, '-o', join(folder, output)], tool);
    if (result?.code !== 0) {
      const said = result?.stderr ?? '';
      throw new EngineError(`${compiler} could not compile the TensorFlow binding (${output})`, {
        hint: 'A C++17 compiler and its standard library are needed: sudo apt-get install g++',
        problems: complaints(said),
      });
    }
  }
  await rm(stubs, { recursive: true });
}

function nodeApiHeaders(): string {
  const { include_dir: folder } = require('node-api-headers') as { include_dir: string };
  return folder;
}

function complaints(said: string): string[] {
  const errors = said.split('\n').filter((line) => /error|undefined/i.test(line));
  return errors.length > 0 ? errors.slice(0, 4) : lastLines(said, 4).split('\n');
}
