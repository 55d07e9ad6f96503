import type { TestResult } from '../schema.js';
import { type Chart, escapeHtml, frame, tooltipBox } from './chart.js';
import type { Theme } from './theme.js';

export type ConfusionUnit = 'counts' | 'shares';

interface Confusion extends Pick<TestResult, 'confusion'> {
  readonly classes: readonly string[];
}

const CELL = 46;
const LEAST_ROW = 24;

/** What ECharts tells of the cell under the pointer. */
interface Cell {
  readonly value: readonly [predicted: number, actual: number];
}

/** The confusion matrix: a row for each true class, shaded by the share of the row. */
export function confusionChart({ confusion, classes }: Confusion, id: string, unit: ConfusionUnit): Chart {
  const totals = confusion.map((row) => row.reduce((sum, n) => sum + n, 0));
  const share = (actual: number, predicted: number) =>
    (confusion[actual]?.[predicted] ?? 0) / Math.max(1, totals[actual] ?? 0);
  const label = (actual: number, predicted: number) => {
    const n = confusion[actual]?.[predicted] ?? 0;
    if (unit === 'counts' || n === 0) return String(n);
    const part = share(actual, predicted) * 100;
    return part < 0.95 ? part.toFixed(1) : String(Math.round(part));
  };
  const left = 24 + 6.2 * Math.max(...classes.map((name) => name.length));
  const top = 34 + 4.6 * Math.max(...classes.map((name) => name.length));
  const worst = worstConfusion(confusion);
  const option = (theme: Theme) => ({
    ...frame(theme, `Confusion matrix (${unit === 'counts' ? 'images' : '% of the true class'})`),
    grid: { left, right: 8, top: top + 20, bottom: 8 },
    tooltip: {
      ...tooltipBox(theme),
      formatter: ({ value: [predicted, actual] }: Cell) => {
        const n = confusion[actual]?.[predicted] ?? 0;
        const part = `${(share(actual, predicted) * 100).toFixed(1)}% of this class`;
        const names = [actual, predicted].map((c) => escapeHtml(classes[c] ?? String(c)));
        return `true <b>${names[0]}</b><br>predicted <b>${names[1]}</b><br>${n} images, ${part}`;
      },
    },
    xAxis: {
      ...classAxis(theme, classes, 'predicted'),
      position: 'top',
      axisLabel: { ...classLabel(theme), rotate: -45 },
    },
    yAxis: { ...classAxis(theme, classes, 'true'), inverse: true, nameGap: left - 18 },
    series: [
      {
        type: 'custom',
        coordinateSystem: 'cartesian2d',
        encode: { x: 0, y: 1 },
        animation: false,
        data: confusion.flatMap((row, actual) => row.map((_, predicted) => [predicted, actual])),
        renderItem: (_: unknown, api: CellDrawing) => {
          const [predicted, actual] = [api.value(0), api.value(1)];
          const [x = 0, y = 0] = api.coord([predicted, actual]);
          const [width = 0, height = 0] = api.size([1, 1]);
          const part = share(actual, predicted);
          const fill = theme.shade(part, actual === predicted);
          return {
            type: 'group',
            children: [
              {
                type: 'rect',
                shape: {
                  x: x - width / 2 + 0.75,
                  y: y - height / 2 + 0.75,
                  width: width - 1.5,
                  height: height - 1.5,
                  r: 2,
                },
                style: { fill },
                // Left to itself ECharts makes the colour lighter, which it cannot with one of CSS: the cell would vanish.
                emphasis: { style: { fill, stroke: theme.ink, lineWidth: 1.5 } },
              },
              {
                type: 'text',
                style: {
                  x,
                  y,
                  text: label(actual, predicted),
                  fill: part === 0 ? theme.soft : theme.onShade(part),
                  align: 'center',
                  verticalAlign: 'middle',
                  fontFamily: theme.font,
                  // Four digits fit.
                  fontSize: Math.min(12, width * 0.42),
                  opacity: part === 0 ? 0.55 : 1,
                },
                silent: true,
              },
            ],
          };
        },
      },
    ],
  });
  return {
    id,
    title: 'Confusion matrix',
    description: `Confusion matrix of ${classes.length} classes: rows are true classes, columns predicted ones.${
      worst === undefined
        ? ''
        : ` The most frequent mistake: ${classes[worst.actual]} taken for ${classes[worst.predicted]}, ${worst.count} images.`
    }`,
    width: left + 8 + CELL * classes.length,
    height: top + 28 + CELL * classes.length * 0.74,
    leastHeight: top + 28 + LEAST_ROW * classes.length,
    option,
    table: {
      columns: ['true \\ predicted', ...classes],
      rows: confusion.map((row, actual) => [classes[actual] ?? String(actual), ...row.map(String)]),
    },
  };
}

/** What ECharts hands to who draws a cell. */
interface CellDrawing {
  value(dimension: number): number;
  coord(value: readonly number[]): number[];
  size(value: readonly number[]): number[];
}

function classAxis(theme: Theme, classes: readonly string[], name: string) {
  return {
    type: 'category',
    data: [...classes],
    name,
    nameLocation: 'middle',
    nameGap: 60,
    nameTextStyle: { color: theme.soft, fontFamily: theme.font, fontSize: 12 },
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: classLabel(theme),
    splitLine: { show: false },
  };
}

function classLabel(theme: Theme) {
  return { color: theme.ink, fontFamily: theme.font, fontSize: 12, interval: 0 };
}

/** The most frequent mistake. */
export function worstConfusion(confusion: readonly (readonly number[])[]) {
  const mistakes = confusion.flatMap((row, actual) => row.map((count, predicted) => ({ actual, predicted, count })));
  return mistakes
    .filter(({ actual, predicted, count }) => actual !== predicted && count > 0)
    .sort((a, b) => b.count - a.count)[0];
}
