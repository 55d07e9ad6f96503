import type { RunReport } from '../schema.js';
import { type Chart, fewRows, lineChart, plain } from './chart.js';

/** Layers that are drawn: of more lines nobody can follow one. */
const MOST_LINES = 12;

/** How large the kernels and their gradients are, epoch by epoch, where they were recorded. */
export function normCharts({ norms }: RunReport, id: string): Chart[] {
  return (['weights', 'gradients'] as const).flatMap((what) => {
    const names = [...new Set(norms.flatMap((one) => Object.keys(one[what])))]
      .filter((name) => /kernel/i.test(name) && norms.some((one) => one[what][name] != null))
      .slice(0, MOST_LINES);
    if (names.length === 0 || norms.length < 2) return [];
    const title = what === 'weights' ? 'Weight norms' : 'Gradient norms';
    return [
      lineChart({
        id: `${id}-${what}`,
        title,
        description: `L2 norms of the ${what} of ${names.length} layers over ${norms.length} epochs.`,
        lines: names.map((name, i) => ({
          name: name.replace(/\/kernel$/, ''),
          points: norms.map((one) => [one.epoch, one[what][name] ?? null] as const),
          style: i,
          marked: norms.length <= 60,
        })),
        x: { name: 'epoch', min: Math.min(...norms.map(({ epoch }) => epoch)) },
        y: { name: 'L2 norm', log: what === 'gradients', ...(what === 'weights' && { min: 0 }), format: plain },
        table: {
          columns: ['epoch', ...names],
          rows: fewRows(norms).map((one) => [
            String(one.epoch),
            ...names.map((name) => (one[what][name] == null ? '–' : plain(one[what][name]))),
          ]),
        },
      }),
    ];
  });
}
