import { CustomChart, LineChart, ParallelChart } from 'echarts/charts';
import {
  DataZoomInsideComponent,
  GridComponent,
  LegendPlainComponent,
  ParallelComponent,
  TitleComponent,
  TooltipComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

// What the charts of a report use, and nothing else: a tenth of the whole library.
use([
  CustomChart,
  LineChart,
  ParallelChart,
  DataZoomInsideComponent,
  GridComponent,
  LegendPlainComponent,
  ParallelComponent,
  TitleComponent,
  TooltipComponent,
  SVGRenderer,
]);

export { init };
