import { type Graph, type GraphTensor, outputName } from './graph.js';

/** A gradient rule: from the loss' gradient by an operation's output to the one by one of its inputs. */
export type Rule = (dy: GraphTensor) => GraphTensor;

interface Entry {
  readonly output: GraphTensor;
  readonly inputs: readonly (readonly [input: GraphTensor, rule: Rule])[];
}

/**
 * Reverse-mode differentiation. Operations are recorded as they are emitted; `gradients` walks them backwards and
 * emits the rules, but only those that lead to a wanted tensor: nothing is computed towards the images.
 */
export class Tape {
  readonly #entries: Entry[] = [];

  constructor(private readonly graph: Graph) {}

  /** Notes that `output` was computed from `inputs`, each with its rule. Returns the output. */
  record(output: GraphTensor, inputs: Entry['inputs']): GraphTensor {
    this.#entries.push({ output, inputs });
    return output;
  }

  /** The gradients by `wanted` tensors, given the one by `output`. */
  gradients(output: GraphTensor, dOutput: GraphTensor, wanted: readonly GraphTensor[]): GraphTensor[] {
    const leads = new Set(wanted.map(outputName));
    for (const { output, inputs } of this.#entries) {
      if (inputs.some(([input]) => leads.has(outputName(input)))) leads.add(outputName(output));
    }
    const parts = new Map<string, GraphTensor[]>([[outputName(output), [dOutput]]]);
    for (const { output, inputs } of this.#entries.toReversed()) {
      const dy = this.#sum(parts.get(outputName(output)) ?? []);
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
