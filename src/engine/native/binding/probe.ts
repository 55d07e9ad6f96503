import { runTool } from '../provision/tool.js';

export type Probe =
  | { readonly loads: true; readonly tensorflow: string; readonly gpu: boolean; readonly log: string }
  | { readonly loads: false; readonly reason: string; readonly log: string };

const TIMEOUT_MS = 120_000;
const SCRIPT = `const b = require(process.argv[1]);
process.stdout.write('\\n' + JSON.stringify({ tensorflow: b.TF_Version, gpu: b.isUsingGpuDevice() }));`;

/**
 * Loads a binding in a child process, since a broken library can end the process that loads it.
 * `log` is what TensorFlow said meanwhile: why it sees no GPU, for one.
 */
export async function probeBinding(binding: string, env: NodeJS.ProcessEnv): Promise<Probe> {
  const result = await runTool(process.execPath, ['-e', SCRIPT, binding], {
    // Flags such as --inspect or a coverage hook are this process' own affair.
    env: { ...env, TF_CPP_MIN_LOG_LEVEL: '0', NODE_OPTIONS: '' },
    timeoutMs: TIMEOUT_MS,
  });
  const log = result?.stderr ?? '';
  if (result?.code === 0) {
    const answer: { tensorflow?: unknown; gpu?: unknown } = JSON.parse(result.stdout.split('\n').at(-1) ?? '{}');
    return { loads: true, tensorflow: String(answer.tensorflow), gpu: answer.gpu === true, log };
  }
  const message = log.split('\n').find((line) => /^(Error|TypeError): /.test(line));
  const crash = result?.signal ? `it crashes (${result.signal})` : `exit ${result?.code}`;
  const exit = result?.late ? `it is not loaded within ${TIMEOUT_MS / 1000} s` : crash;
  return { loads: false, reason: message?.replace(/^\w+: /, '') ?? exit, log };
}
