import type { EChartsCoreOption } from 'echarts/core';
import { packageFile } from '../package.js';
import type { Chart } from './charts/chart.js';
import type { Theme } from './charts/theme.js';

/** What `npm run build` bundles of ECharts. */
interface ECharts {
  init(dom: null, theme: null, options: { renderer: 'svg'; ssr: true; width: number; height: number }): Instance;
}

interface Instance {
  setOption(option: EChartsCoreOption): void;
  renderToSVGString(): string;
  dispose(): void;
}

/** A file that `npm run build` makes for reports. */
export function bundled(name: 'echarts.mjs' | 'page.js' | 'inter-400.woff2' | 'inter-600.woff2'): URL {
  return packageFile(`dist/report/${name}`);
}

/** The chart as an SVG document. */
export async function drawSvg(chart: Chart, theme: Theme): Promise<string> {
  // Not TypeScript's to find: it is made from the package by the build.
  const echarts = (await import(bundled('echarts.mjs').href)) as ECharts;
  const { width, height } = chart;
  const instance = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    instance.setOption(chart.option(theme));
    return instance.renderToSVGString();
  } finally {
    instance.dispose();
  }
}
