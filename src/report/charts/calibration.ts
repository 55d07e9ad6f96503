import type { Calibration } from '../schema.js';
import { axis, type Chart, frame, percent, tooltipBox } from './chart.js';

interface Bar {
  readonly dataIndex: number;
}

/** How often the model is right by how sure it is: bars on the diagonal would be perfect. */
export function calibrationChart({ bins, expectedCalibrationError }: Calibration, id: string): Chart {
  const images = bins.reduce((sum, { count }) => sum + count, 0);
  return {
    id,
    title: 'Reliability',
    description: `Accuracy by confidence in ${bins.length} bins; the expected calibration error is ${percent(expectedCalibrationError)}.`,
    width: 640,
    height: 360,
    option: (theme) => ({
      ...frame(theme, `Reliability (expected calibration error ${percent(expectedCalibrationError)})`),
      legend: {
        top: 26,
        left: 4,
        padding: 0,
        itemWidth: 22,
        itemHeight: 8,
        textStyle: { color: theme.ink, fontFamily: theme.font, fontSize: 12 },
        data: ['accuracy', 'share of the images', { name: 'perfect', itemStyle: { opacity: 0 } }],
      },
      grid: { left: 58, right: 18, top: 56, bottom: 44 },
      tooltip: {
        ...tooltipBox(theme),
        formatter: ({ dataIndex }: Bar) => {
          const bin = bins[dataIndex];
          if (bin === undefined) return '';
          return `confidence ${percent(bin.from)} to ${percent(bin.to)}<br>mean ${percent(bin.confidence)}<br>accuracy <b>${percent(bin.accuracy)}</b><br>${bin.count} images`;
        },
      },
      xAxis: axis(
        theme,
        { name: 'confidence', min: 0, max: 1, format: (value) => `${Math.round(value * 100)}%` },
        'middle',
        26,
      ),
      yAxis: {
        ...axis(
          theme,
          { name: 'accuracy', min: 0, max: 1, format: (value) => `${Math.round(value * 100)}%` },
          'middle',
          42,
        ),
        splitLine: { show: true, lineStyle: { color: theme.grid, width: 0.7 } },
      },
      series: [
        bars(
          'accuracy',
          bins.map(({ from, to, accuracy }) => [from, to, accuracy]),
          theme.series[0] ?? theme.ink,
          0.85,
          0.02,
        ),
        bars(
          'share of the images',
          bins.map(({ from, to, count }) => [from, to, count / Math.max(1, images)]),
          theme.series[1] ?? theme.ink,
          1,
          0.3,
        ),
        {
          type: 'line',
          name: 'perfect',
          data: [
            [0, 0],
            [1, 1],
          ],
          symbol: 'none',
          silent: true,
          color: theme.ink,
          lineStyle: { color: theme.ink, type: [5, 4], width: 1.2 },
          emphasis: { disabled: true },
        },
      ],
    }),
    table: {
      columns: ['confidence from', 'to', 'images', 'mean confidence', 'accuracy'],
      rows: bins.map((bin) => [
        percent(bin.from),
        percent(bin.to),
        String(bin.count),
        percent(bin.confidence),
        percent(bin.accuracy),
      ]),
    },
  };
}

interface BarDrawing {
  value(dimension: number): number;
  coord(value: readonly number[]): number[];
}

/** Bars from one value of the axis to another, narrowed by a part of their width on both sides. */
function bars(name: string, data: readonly (readonly number[])[], colour: string, opacity: number, inset: number) {
  return {
    type: 'custom',
    name,
    color: colour,
    itemStyle: { color: colour },
    data: data.map((one) => [...one]),
    encode: { x: [0, 1], y: 2 },
    animation: false,
    renderItem: (_: unknown, api: BarDrawing) => {
      const [left = 0, top = 0] = api.coord([api.value(0), api.value(2)]);
      const [right = 0, bottom = 0] = api.coord([api.value(1), 0]);
      const margin = (right - left) * inset;
      return {
        type: 'rect',
        shape: { x: left + margin, y: top, width: right - left - 2 * margin, height: bottom - top },
        style: { fill: colour, opacity },
        emphasisDisabled: true,
      };
    },
  };
}
