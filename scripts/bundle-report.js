// Bundles what a report's charts need of Apache ECharts, whose package is thirty times as large, into dist/report: a
// module for Node, the script of the page, and the font of PNG files.
import { copyFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const LICENCE =
  '/* Holds parts of Apache ECharts and ZRender (Apache License 2.0 and BSD 3-Clause): https://echarts.apache.org */';
const shared = {
  bundle: true,
  minify: true,
  target: 'es2022',
  legalComments: 'none',
  banner: { js: LICENCE },
  define: { 'process.env.NODE_ENV': '"production"' },
  mainFields: ['module', 'main'],
  logLevel: 'warning',
};

await build({
  ...shared,
  entryPoints: [at('browser/echarts.ts')],
  format: 'esm',
  outfile: at('dist/report/echarts.mjs'),
});
await build({ ...shared, entryPoints: [at('browser/report.ts')], format: 'iife', outfile: at('dist/report/page.js') });
for (const weight of [400, 600]) {
  const font = `node_modules/@fontsource/inter/files/inter-latin-${weight}-normal.woff2`;
  await copyFile(at(font), at(`dist/report/inter-${weight}.woff2`));
}
