import { readFileSync } from 'node:fs';
import type { Attr, DType, FunctionDef, NodeDef } from '../../src/engine/graph/proto.js';
import { DTYPE } from '../../src/engine/graph/proto.js';

/** One kernel that TensorFlow registers for GPUs, for any device that has none of its own, or for XLA to compile for GPUs. */
interface KernelRow {
  readonly device: 'GPU' | 'DEFAULT' | 'XLA_GPU_JIT';
  /** By attribute: the types that it takes, of those that our graphs use. */
  readonly types: Readonly<Record<string, readonly DType[]>>;
  /** Arguments, in and out, that lie in the CPU's memory. */
  readonly host: readonly string[];
}

interface OpRow {
  /** Names of the arguments; `name*` for one that stands for several tensors. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly kernels: readonly KernelRow[];
}

/** Made by fixtures/make_gpu_kernels.py from TensorFlow's own wheel for NVIDIA GPUs. */
const table = JSON.parse(readFileSync(new URL('../fixtures/gpu-kernels.json', import.meta.url), 'utf8')) as {
  readonly ops: Readonly<Record<string, OpRow>>;
};

/** Work on the CPU that stays in any graph: dividing up what is fed, shapes, and what is known before the first step. */
const HOST_WORK = ['Placeholder', 'Const', 'Unpack', 'Pack', 'Shape', 'Size', 'StridedSlice', 'VarHandleOp'];

/**
 * What keeps nodes from running on a GPU alone, one line each: no kernel for their types, or tensors in the CPU's memory
 * that are more than feeds, shapes, constants and names of variables.
 *
 * @param fetches the nodes that a call fetches; what they do not need is left out, as TensorFlow does
 */
export function placementProblems(nodes: readonly NodeDef[], fetches: readonly string[]): string[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return [...needed(byName, fetches)].flatMap((node) => problemsOf(node, byName));
}

/** What keeps XLA from compiling functions for a GPU, one line each: nodes that it has no kernel for. */
export function compileProblems(functions: readonly FunctionDef[]): string[] {
  return functions.flatMap(({ node_def }) =>
    node_def
      .filter((node) => !table.ops[node.op]?.kernels.some((row) => row.device === 'XLA_GPU_JIT' && fits(row, node)))
      .map((node) => `XLA has no kernel of ${node.op} for ${typesOf(node)}`),
  );
}

function problemsOf(node: NodeDef, byName: ReadonlyMap<string, NodeDef>): string[] {
  const row = table.ops[node.op];
  const kernel = row && kernelFor(row, node);
  if (row === undefined || kernel === undefined) return [`${node.op} has no GPU kernel for ${typesOf(node)}`];
  const data = node.input.filter((input) => !input.startsWith('^'));
  // A constant that is given when something else is done is still one.
  const passesConstant = node.op === 'Identity' && byName.get(sourceOf(data[0] ?? ''))?.op === 'Const';
  if (HOST_WORK.includes(node.op) || passesConstant) return [];
  const problems = row.outputs
    .filter((output) => kernel.host.includes(output.replace('*', '')))
    .map((output) => `${node.op} gives ${output} in the CPU's memory (${typesOf(node)})`);
  for (const [i, input] of data.entries()) {
    const argument = (row.inputs[i] ?? row.inputs.at(-1) ?? '').replace('*', '');
    const source = byName.get(sourceOf(input));
    if (!kernel.host.includes(argument) || source === undefined || HOST_WORK.includes(source.op)) continue;
    problems.push(`${node.op} takes ${argument} in the CPU's memory, from ${source.op} (${typesOf(node)})`);
  }
  return problems;
}

/** As TensorFlow chooses: the GPU's own kernel, else one for any device. */
function kernelFor({ kernels }: OpRow, node: NodeDef): KernelRow | undefined {
  const of = (device: KernelRow['device']) => kernels.find((kernel) => kernel.device === device && fits(kernel, node));
  return of('GPU') ?? of('DEFAULT');
}

function fits({ types }: KernelRow, { attr }: NodeDef): boolean {
  return Object.entries(types).every(([name, allowed]) => allowed.some((type) => DTYPE[type] === typeOf(attr[name])));
}

function typeOf(attr: Attr | undefined): number | undefined {
  return attr !== undefined && 'type' in attr ? attr.type : undefined;
}

function typesOf({ attr }: NodeDef): string {
  const name = (type: number) => Object.entries(DTYPE).find(([, number]) => number === type)?.[0];
  return Object.entries(attr)
    .flatMap(([key, value]) => ('type' in value ? [`${key}=${name(value.type)}`] : []))
    .join(', ');
}

function sourceOf(input: string): string {
  return input.replace(/^\^/, '').replace(/:\d+$/, '');
}

function needed(byName: ReadonlyMap<string, NodeDef>, fetches: readonly string[]): Set<NodeDef> {
  const seen = new Set<NodeDef>();
  const queue = [...fetches];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const node = byName.get(name);
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    queue.push(...node.input.map(sourceOf));
  }
  return seen;
}
