import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../provision/tool.js';

export interface NvidiaGpu {
  readonly index: number;
  readonly name: string;
  readonly memoryMiB: number;
  readonly usedMiB: number;
  /** Share of the last second in which it worked, 0 to 100; undefined where the card does not tell. */
  readonly utilization: number | undefined;
  /** e.g. `GPU-5a1f…` */
  readonly uuid?: string | undefined;
  /** e.g. `9.0` */
  readonly computeCapability: string | undefined;
}

/** What NVIDIA's driver says. */
export type Nvidia =
  | {
      readonly status: 'ok';
      readonly driver: string;
      /** The newest CUDA that this driver serves. */
      readonly cuda: string | undefined;
      readonly gpus: readonly NvidiaGpu[];
    }
  /** The card is there and nothing drives it. */
  | { readonly status: 'no-driver'; readonly card: string }
  /** A driver is installed, and does not answer. */
  | { readonly status: 'broken'; readonly reason: string }
  | { readonly status: 'none' };

/** The first driver that serves CUDA 12. */
export const OLDEST_DRIVER = 525;

/** The message for status `none`. */
export const NO_NVIDIA_GPU = 'there is no NVIDIA GPU in this machine';

const FIELDS = [
  'index',
  'name',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'compute_cap',
  'driver_version',
  'uuid',
];
const TIMEOUT_MS = 15_000;
const NVIDIA = '0x10de';
const PCI = '/sys/bus/pci/devices';

/** Asks `nvidia-smi` of the PATH, and the PCI bus where there is none. */
export async function queryNvidia(env: NodeJS.ProcessEnv, pci = PCI): Promise<Nvidia> {
  const query = [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits'];
  const answer = await runTool('nvidia-smi', query, { env, timeoutMs: TIMEOUT_MS });
  if (answer === undefined) {
    const card = await nvidiaCard(pci);
    return card === undefined ? { status: 'none' } : { status: 'no-driver', card };
  }
  const text = `${answer.stdout}\n${answer.stderr}`.trim();
  if (/no devices were found/i.test(text)) return { status: 'none' };
  const rows = answer.stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((field) => field.trim()));
  const driver = rows[0]?.[FIELDS.indexOf('driver_version')];
  if (answer.code !== 0 || driver === undefined) {
    const reason = answer.late ? `it did not answer in ${TIMEOUT_MS / 1000} s` : (text.split('\n')[0] ?? '');
    return { status: 'broken', reason: reason || `nvidia-smi ended with ${answer.code}` };
  }
  const banner = await runTool('nvidia-smi', [], { env, timeoutMs: TIMEOUT_MS });
  const cuda = /CUDA(?: UMD)? Version:\s*([\d.]+)/.exec(banner?.stdout ?? '')?.[1];
  return { status: 'ok', driver, cuda, gpus: rows.map(gpuOf) };
}

function gpuOf(row: readonly string[]): NvidiaGpu {
  const [index = '', name = '', total = '', used = '', utilization = '', capability = '', , uuid] = row;
  return {
    index: Number(index),
    name,
    memoryMiB: Number(total),
    usedMiB: Number(used),
    utilization: /^\d+$/.test(utilization) ? Number(utilization) : undefined,
    uuid,
    computeCapability: /^\d+\.\d+$/.test(capability) ? capability : undefined,
  };
}

/** The PCI address of a display or 3D controller of NVIDIA's. */
async function nvidiaCard(pci: string): Promise<string | undefined> {
  for (const address of await readdir(pci).catch(() => [])) {
    const read = (name: string) =>
      readFile(join(pci, address, name), 'utf8').then(
        (s) => s.trim(),
        () => '',
      );
    if ((await read('vendor')) === NVIDIA && (await read('class')).startsWith('0x03')) return address;
  }
  return undefined;
}
