import { DataError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import type { Model } from './model.js';
import { averagedWeight, isSlotName } from './state-names.js';
import type { NamedTensor, NamedTensors } from './tensors.js';

const MOST_PROBLEMS = 20;

/**
 * A model's weights out of a file's tensors. Optimizer slots and averages of a checkpoint are left aside.
 *
 * @param source names the file in errors
 * @throws DataError with all problems at once: a weight that is missing, of another shape, not finite, or of no layer
 */
export function fitWeights(model: Model, tensors: NamedTensors, source: string): NamedTensors {
  const problems: string[] = [];
  const weights = new Map<string, NamedTensor>();
  const expected = model.weights.map(({ name }) => name);
  const extra = [...tensors.keys()].filter((name) => !expected.includes(name) && !isStateOf(expected, name));
  for (const { name, shape } of model.weights) {
    const tensor = tensors.get(name);
    if (tensor === undefined) problems.push(`${name} is missing${didYouMean(name, extra)}`);
    else if (tensor.shape.join() !== shape.join()) {
      problems.push(`${name} is [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`);
    } else if (!tensor.data.every(Number.isFinite)) problems.push(`${name} holds a value that is not finite`);
    else weights.set(name, tensor);
  }
  problems.push(...extra.map((name) => `${name} is of no layer of the model${didYouMean(name, expected)}`));
  if (problems.length === 0) return weights;
  const number = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new DataError(`the weights in ${source} do not fit ${model.name}: ${number}`, {
    problems: problems.slice(0, MOST_PROBLEMS),
    hint: '$0 summary, with the same --model or --config, shows its layers.',
  });
}

/** `adam/m/dense_1/kernel` and `ema/dense_1/kernel` belong to `dense_1/kernel`. */
function isStateOf(weights: readonly string[], name: string): boolean {
  return (
    (isSlotName(name) || averagedWeight(name) !== undefined) && weights.some((weight) => name.endsWith(`/${weight}`))
  );
}
