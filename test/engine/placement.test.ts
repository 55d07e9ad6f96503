import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bundledModels } from '../../src/config/bundled.js';
import { loadConfig } from '../../src/config/load.js';
import { PRECISIONS, type TrainerSpec } from '../../src/engine/engine.js';
import { PLAIN_MACHINE } from '../../src/engine/graph/graph.js';
import type { CrossEntropy } from '../../src/engine/graph/loss.js';
import { Program, type ProgramOptions } from '../../src/engine/graph/program.js';
import { buildModel } from '../../src/model/build.js';
import type { OptimizerSpec } from '../../src/optimizers/registry.js';
import { PLAIN } from '../helpers/engines.js';
import { compileProblems, placementProblems } from '../helpers/gpu-kernels.js';
import { FASHION_MNIST } from '../helpers/model-input.js';
import { randomNetwork } from '../helpers/random-network.js';

const ADAM: OptimizerSpec = { type: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
const POOL = { images: new Uint8Array(2 * 784), labels: new Uint8Array(2) };

/** What keeps any call of a trainer from running on a GPU alone, or XLA from compiling its steps. */
function problems(spec: TrainerSpec, crossEntropy: CrossEntropy = 'plain'): string[] {
  return [...problemsOf(spec, { crossEntropy }), ...problemsOf(spec, { crossEntropy, jitCompile: true })];
}

function problemsOf(spec: TrainerSpec, options: ProgramOptions): string[] {
  const program = new Program(spec, { ...options, machine: { ...PLAIN_MACHINE, gpu: true } });
  const { trainFull, observedFull, trainAny, trainMany, lookahead, evaluate, predict, read, write } = program;
  const fetches = [
    ...[trainFull, observedFull, trainAny, trainMany].flatMap((fn) => (fn ? [fn.metrics] : [])),
    ...(lookahead ? [lookahead.done] : []),
    ...Object.values(evaluate).flatMap(({ loss, probabilities }) => [loss, probabilities]),
    ...Object.values(predict).map(({ probabilities }) => probabilities),
    ...[...read.values()].map(({ rows }) => rows),
    ...[...write.values()].flatMap(({ clear, done, staging }) => [
      ...[clear.done, done],
      ...(staging ? [staging.clear.done, staging.written, staging.done] : []),
    ]),
  ];
  const plain = placementProblems(
    program.graph.definition(),
    fetches.map(({ node }) => node),
  );
  return [...plain, ...compileProblems(program.graph.functions())];
}

describe.each(PRECISIONS)('on a GPU in %s', (precision) => {
  const common = {
    ...PLAIN,
    precision,
    emaDecay: 0.9,
    clipNorm: 1,
    onlineAugmentation: true,
    mixing: true,
    lookahead: true,
    stepsPerCall: 2,
  };

  it('every node of every step has a kernel, compiled or not, and nothing but feeds, shapes and constants goes by way of the CPU', () => {
    const networks = fc.property(randomNetwork, ({ model, pool, batchSize, labelSmoothing }) => {
      const spec = { ...common, model, pool, batchSize, labelSmoothing, optimizer: ADAM };
      // It has the plain steps too.
      expect(problemsOf(spec, { crossEntropy: 'plain', jitCompile: true })).toEqual([]);
    });
    fc.assert(networks, { numRuns: 100, seed: 2024 });
  });

  it.each(bundledModels())('so do the steps of %s, its dropout included', (name) => {
    const config = loadConfig(name);
    const { optimizer } = config;
    const model = buildModel(config, FASHION_MNIST);
    expect(problems({ ...common, model, pool: POOL, batchSize: 32, optimizer })).toEqual([]);
  });
});

it.each<OptimizerSpec>([
  { type: 'sgd', momentum: 0.9, nesterov: true },
  { type: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  { type: 'sgd', momentum: 0, nesterov: false },
  { type: 'rmsprop', rho: 0.9, epsilon: 1e-7 },
  { type: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: 0.01 },
])('a GPU has the kernels of $type', (optimizer) => {
  const model = buildModel(loadConfig('conv-pool'), FASHION_MNIST);
  expect(problems({ ...PLAIN, model, pool: POOL, batchSize: 4, optimizer }, 'kernel')).toEqual([]);
});
