import { averageName, slotName } from '../../model/state-names.js';
import type { Optimizer } from '../../optimizers/registry.js';
import type { TrainerSpec, WeightSet } from '../engine.js';
import { stateArrays } from '../state.js';
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
    handle?: GraphTensor,
  ) {
    this.#graph = graph;
    this.handle = handle ?? graph.node('VarHandleOp', [], handleAttrs(name, dtype, shape), 'resource', []);
  }

  /** The same variable in the body of a function, which is given its handle. */
  within(body: Graph, handle: GraphTensor): Variable {
    return new Variable(body, this.name, this.dtype, this.shape, handle);
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

function handleAttrs(name: string, dtype: DType, shape: readonly number[]) {
  return {
    dtype: attr.type(dtype),
    shape: attr.shape(shape),
    shared_name: attr.string(name),
    container: attr.string(''),
  };
}

/** The variables of one training run. */
export class Variables {
  readonly images: Variable;
  readonly labels: Variable;
  /** By name: what a checkpoint holds. */
  readonly state: ReadonlyMap<string, Variable>;
  /** By name: what the optimizer's kernels need besides; it carries nothing from step to step. */
  readonly scratch: ReadonlyMap<string, Variable>;

  private constructor(variables: Pick<Variables, 'images' | 'labels' | 'state' | 'scratch'>) {
    this.images = variables.images;
    this.labels = variables.labels;
    this.state = variables.state;
    this.scratch = variables.scratch;
  }

  static declare(g: Graph, spec: TrainerSpec, optimizer: Optimizer, scratch: readonly string[]): Variables {
    const { model, pool } = spec;
    const declare = (arrays: readonly { readonly name: string; readonly shape: readonly number[] }[]) =>
      new Map(arrays.map(({ name, shape }) => [name, new Variable(g, name, 'float', shape)]));
    return new Variables({
      images: new Variable(g, 'images', 'uint8', [pool.labels.length, ...model.inputShape]),
      labels: new Variable(g, 'labels', 'uint8', [pool.labels.length]),
      state: declare(stateArrays(spec, optimizer)),
      scratch: declare(
        scratch.flatMap((name) =>
          model.trainable.map((weight) => ({ name: slotName(optimizer.type, name, weight.name), shape: weight.shape })),
        ),
      ),
    });
  }

  /** Every variable's handle. */
  handles(): GraphTensor[] {
    return [this.images, this.labels, ...this.state.values(), ...this.scratch.values()].map(({ handle }) => handle);
  }

  /** The same variables in the body of a function, which is given their `handles()`. */
  within(body: Graph, handles: readonly GraphTensor[]): Variables {
    const given = new Map(this.handles().map((handle, i) => [handle, handles[i] as GraphTensor]));
    const inBody = (variable: Variable) => variable.within(body, given.get(variable.handle) as GraphTensor);
    const all = (variables: ReadonlyMap<string, Variable>) =>
      new Map([...variables].map(([name, variable]) => [name, inBody(variable)]));
    const [images, labels] = [inBody(this.images), inBody(this.labels)];
    return new Variables({ images, labels, state: all(this.state), scratch: all(this.scratch) });
  }

  get(name: string): Variable {
    const variable = this.state.get(name) ?? this.scratch.get(name);
    if (!variable) throw new Error(`no variable ${name}`);
    return variable;
  }

  /** A weight of that set. Moving statistics have no average of their own: they are one already. */
  weight(name: string, set: WeightSet): Variable {
    return (set === 'ema' && this.state.get(averageName(name))) || this.get(name);
  }
}
