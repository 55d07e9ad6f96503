import { type Graph, type GraphTensor, outputName } from './graph.js';

/** A gradient rule: from the loss' gradient by an operation's output to the one by one of its inputs. */
export type Rule = (dy: GraphTensor) => GraphTensor;

/** What an operation gives, and how its gradient reaches each of its inputs. */
export interface Differentiable {
  readonly y: GraphTensor;
  readonly inputs: readonly (readonly [input: GraphTensor, rule: Rule])[];
}

/**
 * Reverse-mode differentiation. Operations are recorded as they are emitted; `gradients` walks them backwards and
 * emits the rules, but only those that lead to a wanted tensor: no gradient by the images is computed.
 */
export class Tape {
  readonly #operations: Differentiable[] = [];

  constructor(private readonly graph: Graph) {}

  record(operation: Differentiable): void {
    this.#operations.push(operation);
  }

  /** The gradients by the `wanted` tensors, from the one by `output`. */
  gradients(output: GraphTensor, dOutput: GraphTensor, wanted: readonly GraphTensor[]): GraphTensor[] {
    const leads = new Set(wanted.map(outputName));
    for (const { y, inputs } of this.#operations) {
      if (inputs.some(([input]) => leads.has(outputName(input)))) leads.add(outputName(y));
    }
    const parts = new Map<string, GraphTensor[]>([[outputName(output), [dOutput]]]);
    for (const { y, inputs } of this.#operations.toReversed()) {
      const dy = this.#sum(parts.get(outputName(y)) ?? []);
      if (!dy) continue;
      for (const [input, rule] of inputs) {
        const key = outputName(input);
        if (leads.has(key)) parts.set(key, [...(parts.get(key) ?? []), rule(dy)]);
      }
    }
    return wanted.map((tensor) => {
      const gradient = this.#sum(parts.get(outputName(tensor)) ?? []);
      if (!gradient) throw new Error(`no gradient reaches ${outputName(tensor)}`);
      return gradient;
    });
  }

  #sum(parts: readonly GraphTensor[]): GraphTensor | undefined {
    return parts.length === 0 ? undefined : parts.reduce((a, b) => this.graph.map('AddV2', [a, b]));
  }
}
