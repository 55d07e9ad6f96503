import type { Graph, GraphTensor } from './graph.js';
import { attr, type DType } from './proto.js';

/** A resource variable: lives in the session between runs. */
export class Variable {
  readonly handle: GraphTensor;
  readonly #graph: Graph;

  constructor(
    graph: Graph,
    readonly name: string,
    readonly dtype: DType,
    readonly shape: readonly number[],
  ) {
    this.#graph = graph;
    const attrs = {
      dtype: attr.type(dtype),
      shape: attr.shape(shape),
      shared_name: attr.string(name),
      container: attr.string(''),
    };
    this.handle = graph.node('VarHandleOp', [], attrs, 'resource', []);
  }

  /** The value once `control` has run; the variable's own buffer, not a copy. */
  read(control: readonly GraphTensor[] = []): GraphTensor {
    const attrs = { dtype: attr.type(this.dtype) };
    return this.#graph.node('ReadVariableOp', [this.handle], attrs, this.dtype, this.shape, control);
  }

  assign(value: GraphTensor, control: readonly GraphTensor[] = []): GraphTensor {
    return this.#write('AssignVariableOp', value, control);
  }

  assignSub(value: GraphTensor, control: readonly GraphTensor[] = []): GraphTensor {
    return this.#write('AssignSubVariableOp', value, control);
  }

  #write(op: string, value: GraphTensor, control: readonly GraphTensor[]): GraphTensor {
    const attrs = { dtype: attr.type(this.dtype) };
    return this.#graph.operation(op, [this.handle, value], attrs, control);
  }
}

/** The variables of one training run by name; what `state` lists is what a checkpoint holds. */
export interface Variables {
  readonly images: Variable;
  readonly labels: Variable;
  readonly state: ReadonlyMap<string, Variable>;
  readonly scratch: ReadonlyMap<string, Variable>;
}

/** The type of the matrix work by precision. */
export const COMPUTE = { float32: 'float', bfloat16: 'bfloat16' } as const;

/** The variable of a name that the program itself declared. */
export function found(variables: ReadonlyMap<string, Variable>, name: string): Variable {
  const variable = variables.get(name);
  if (!variable) throw new Error(`no variable ${name}`);
  return variable;
}
