import type { Graph, GraphTensor } from './graph.js';
import { halfSquare } from './norms.js';

/** Scales all gradients by limit / max(norm, limit), norm the L2 norm of all together (Pascanu et al. 2013). */
export function clipByGlobalNorm(
  g: Graph,
  gradients: ReadonlyMap<string, GraphTensor>,
  limit: number,
): Map<string, GraphTensor> {
  const halves = [...gradients.values()].map((x) => halfSquare(g, x));
  const square = g.map('Mul', [halves.reduce((a, b) => g.map('AddV2', [a, b])), g.scalar(2)]);
  const norm = g.map('Maximum', [g.map('Sqrt', [square]), g.scalar(limit)]);
  const scale = g.map('RealDiv', [g.scalar(limit), norm]);
  return new Map([...gradients].map(([name, x]) => [name, g.map('Mul', [x, scale])]));
}
