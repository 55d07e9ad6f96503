import { EngineError } from '../../../errors.js';
import type { NvidiaGpu } from './nvidia.js';

export interface ChosenGpu {
  readonly gpu: NvidiaGpu;
  /** What `CUDA_VISIBLE_DEVICES` must be, so that TensorFlow sees this GPU alone. */
  readonly visible: string;
}

/**
 * GPU number `wanted` of those that `CUDA_VISIBLE_DEVICES` names (by number or UUID), as CUDA itself counts; of all where it
 * is unset.
 *
 * @throws EngineError when there are fewer
 */
export function chooseGpu(gpus: readonly NvidiaGpu[], visibleDevices: string | undefined, wanted = 0): ChosenGpu {
  const visible = visibleDevices === undefined ? gpus.map(({ index }) => String(index)) : listed(visibleDevices);
  const name = visible[wanted];
  const named = gpus.find(({ index, uuid }) => String(index) === name || (isUuid(name) && uuid?.startsWith(name)));
  // nvidia-smi lists no slices of a card (MIG).
  const gpu = named ?? (isUuid(name) ? gpus[0] : undefined);
  if (name !== undefined && gpu !== undefined) return { gpu, visible: name };
  const limits = visibleDevices === undefined ? '' : ` with CUDA_VISIBLE_DEVICES="${visibleDevices}"`;
  const last = visible.length - 1;
  throw new EngineError(`there is no gpu:${wanted}${limits}: nvidia-smi lists ${gpus.length}, counted from gpu:0`, {
    hint: last > 0 ? `Use --device gpu:0 to gpu:${last}.` : 'Use --device gpu.',
  });
}

/** CUDA ends the list at the first entry that is none. */
function listed(visibleDevices: string): string[] {
  const names = visibleDevices.split(',').map((name) => name.trim());
  const end = names.findIndex((name) => name === '' || name.startsWith('-'));
  return end === -1 ? names : names.slice(0, end);
}

function isUuid(name: string | undefined): name is string {
  return name !== undefined && /^(GPU|MIG)-/.test(name);
}
