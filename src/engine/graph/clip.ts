import type { Graph, GraphTensor } from './graph.js';
import { halfSquare } from './norms.js';

/**
 * Scales all gradients by limit / max(norm, limit), norm the L2 norm of all together (Pascanu et al. 2013). A norm that is
 * not finite makes them NaN, so that divergence shows.
 */
export function clipByGlobalNorm(
  g: Graph,
  gradients: ReadonlyMap<string, GraphTensor>,
  limit: number,
): Map<string, GraphTensor> {
  const halves = [...gradients.values()].map((x) => halfSquare(g, x));
  const square = g.map('Mul', [halves.reduce((a, b) => g.map('AddV2', [a, b])), g.scalar(2)]);
  const norm = g.map('Sqrt', [square]);
  const share = g.map('RealDiv', [g.scalar(limit), g.map('Maximum', [norm, g.scalar(limit)])]);
  const scale = g.map('AddV2', [share, g.map('Sub', [norm, norm])]);
  return new Map([...gradients].map(([name, x]) => [name, g.map('Mul', [x, scale])]));
}
