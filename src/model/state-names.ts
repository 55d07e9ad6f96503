import { type OptimizerType, optimizers } from '../optimizers/registry.js';

/** What a checkpoint calls the arrays that training keeps beside the weights; they are named after the weights. */

const AVERAGE = 'ema';

/** Names that no layer of a model may have. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([...Object.keys(optimizers), AVERAGE]);

/** e.g. `adam/m/dense_1/kernel` */
export function slotName(optimizer: OptimizerType, slot: string, weight: string): string {
  return `${optimizer}/${slot}/${weight}`;
}

/** e.g. `ema/dense_1/kernel` */
export function averageName(weight: string): string {
  return `${AVERAGE}/${weight}`;
}

/** The weight that an average belongs to; undefined for any other name. */
export function averagedWeight(name: string): string | undefined {
  return name.startsWith(`${AVERAGE}/`) ? name.slice(AVERAGE.length + 1) : undefined;
}

/** Whether the name is that of an optimizer's slot. */
export function isSlotName(name: string): boolean {
  return Object.hasOwn(optimizers, name.split('/', 1)[0] ?? '');
}
