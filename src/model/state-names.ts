import { type OptimizerType, optimizers } from '../optimizers/registry.js';

/** What a checkpoint calls the arrays that training keeps beside the weights; they are named after the weights. */

const AVERAGE = 'ema';
const SLOW = 'lookahead';

/** Names that no layer of a model may have. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([...Object.keys(optimizers), AVERAGE, SLOW]);

/** e.g. `adam/m/dense_1/kernel` */
export function slotName(optimizer: OptimizerType, slot: string, weight: string): string {
  return `${optimizer}/${slot}/${weight}`;
}

/** e.g. `ema/dense_1/kernel` */
export function averageName(weight: string): string {
  return `${AVERAGE}/${weight}`;
}

/** e.g. `lookahead/dense_1/kernel`: lookahead's slow weight. */
export function slowName(weight: string): string {
  return `${SLOW}/${weight}`;
}

/** The weight that an average belongs to; undefined for any other name. */
export function averagedWeight(name: string): string | undefined {
  return name.startsWith(`${AVERAGE}/`) ? name.slice(AVERAGE.length + 1) : undefined;
}

/** Whether the name is that of an optimizer's slot or of a slow weight. */
export function isSlotName(name: string): boolean {
  const [first = ''] = name.split('/', 1);
  return first === SLOW || Object.hasOwn(optimizers, first);
}
