import type { Engine, EngineInfo } from '../../src/engine/engine.js';
import { GraphEngine } from '../../src/engine/graph/engine.js';
import type { TensorFlowBinding } from '../../src/engine/native/binding/binding.js';
import { cpuFeatures } from '../../src/engine/native/binding/cpu.js';
import { type OpenedNative, openNativeCpu } from '../../src/engine/native/binding/open.js';

let opened: Promise<OpenedNative> | undefined;

function open(): Promise<OpenedNative> {
  opened ??= openNativeCpu({ env: process.env, threads: 2 });
  return opened;
}

/**
 * Native TensorFlow on the CPU from the user's own engine cache. The first test file that asks sets it up, others at the
 * same time wait for it; so ask in a hook, which may take ten minutes: `beforeAll(nativeBinding)`.
 */
export async function nativeBinding(): Promise<TensorFlowBinding> {
  return (await open()).binding;
}

/** The graph engine on it. */
export async function nativeEngine(): Promise<Engine> {
  return graphEngine({});
}

/** The same, whose steps XLA compiles. */
export async function compilingEngine(): Promise<Engine> {
  return graphEngine({ jitCompile: true });
}

async function graphEngine(how: Pick<EngineInfo, 'jitCompile'>): Promise<Engine> {
  const { binding, info } = await open();
  return new GraphEngine(binding, { ...info, ...how }, (await cpuFeatures()).amxBf16);
}
