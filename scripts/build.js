// Builds what runs: `npm run build`. Into dist, which is the package: the command line with all packages it stands on in
// a few files (see docs/decisions/0012), what reports, exported pages and WebAssembly need beside it, and the licences of
// all that. Into build: each module of src by itself, for the scripts and benchmarks of this repository. With --clean
// nothing of earlier builds stays there.
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { licenceTexts } from './licences.js';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Files of packages that are taken as they are. */
const COPIES = {
  // Where the packages look for them, beside their own code.
  '.': {
    'webp.wasm': '@cwasm/webp/webp.wasm',
    'nsgif.wasm': '@cwasm/nsgif/nsgif.wasm',
    'nsbmp.wasm': '@cwasm/nsbmp/nsbmp.wasm',
  },
  wasm: {
    'tfjs-backend-wasm.wasm': '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm',
    'tfjs-backend-wasm-simd.wasm': '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
    'resvg.wasm': '@resvg/resvg-wasm/index_bg.wasm',
  },
  // What of tfjs a browser loads: builds that need no bundler.
  page: {
    'tf-core.min.js': '@tensorflow/tfjs-core/dist/tf-core.min.js',
    'tf-layers.min.js': '@tensorflow/tfjs-layers/dist/tf-layers.min.js',
    'tf-backend-cpu.min.js': '@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.min.js',
    'tf-backend-wasm.min.js': '@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js',
    'tf-backend-webgpu.min.js': '@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js',
  },
  report: {
    'inter-400.woff2': '@fontsource/inter/files/inter-latin-400-normal.woff2',
    'inter-600.woff2': '@fontsource/inter/files/inter-latin-600-normal.woff2',
  },
};

const LICENCES = 'dist/THIRD-PARTY-LICENCES.txt';
const AN_HOUR = 3_600_000;

const shared = {
  absWorkingDir: at(''),
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

const bundles = {
  commandLine: {
    ...shared,
    platform: 'node',
    target: 'node20',
    entryPoints: ['src/cli.ts'],
    outdir: 'dist',
    splitting: true,
    // Packages as modules where they are to be had: of those, what nothing calls is left out.
    mainFields: ['module', 'main'],
    // Found by their paths: a folder of headers, and what a user may install beside us.
    external: ['node-api-headers', 'webgpu', 'bullmq', 'ioredis', '@aws-sdk/client-s3'],
    // What CommonJS takes for granted: its code is bundled too.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    define: { __dirname: 'import.meta.dirname' },
    plugins: [lazyPackages('string-width', 'slice-ansi'), namesOfCommonJs()],
  },
  modules: {
    ...shared,
    bundle: false,
    platform: 'node',
    target: 'node20',
    entryPoints: ['src/**/*.ts'],
    outdir: 'build',
  },
  prepare: { ...shared, target: 'es2022', entryPoints: ['src/data/pictures/prepare.ts'], outdir: 'dist/page' },
  ...reports(),
};

const built = await Promise.all(Object.values(bundles).map((options) => build(options)));
const copies = Object.entries(COPIES).flatMap(([folder, files]) =>
  Object.entries(files).map(([name, file]) => [`node_modules/${file}`, posix.join('dist', folder, name)]),
);
for (const [from, to] of copies) {
  await mkdir(at(dirname(to)), { recursive: true });
  await copyFile(at(from), at(to));
}
const inputs = built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile(at(LICENCES), await licenceTexts(at(''), [...inputs, ...copies.map(([from]) => from)]));
const outputs = built.flatMap(({ metafile }) => Object.keys(metafile.outputs));
await removeOthers(new Set([...outputs, ...copies.map(([, to]) => to), LICENCES]));

/** What earlier builds left goes after an hour: a training that was started from one may not have loaded all of it yet. */
async function removeOthers(files) {
  const kept = process.argv.includes('--clean') ? 0 : AN_HOUR;
  for (const folder of ['dist', 'build']) {
    for (const name of await readdir(at(folder), { recursive: true })) {
      const file = `${folder}/${name.replaceAll(sep, '/')}`;
      const found = await stat(at(file));
      if (found.isFile() && !files.has(file) && Date.now() - found.mtimeMs >= kept) await rm(at(file));
    }
  }
}

/** What a report's charts need of Apache ECharts, for Node and for the page. */
function reports() {
  const chart = {
    ...shared,
    minify: true,
    target: 'es2022',
    banner: {
      js: '/* Holds parts of Apache ECharts and ZRender (Apache License 2.0 and BSD 3-Clause): https://echarts.apache.org */',
    },
    define: { 'process.env.NODE_ENV': '"production"' },
    mainFields: ['module', 'main'],
  };
  return {
    echarts: { ...chart, entryPoints: ['browser/echarts.ts'], outfile: 'dist/report/echarts.mjs' },
    reportPage: { ...chart, entryPoints: ['browser/report.ts'], format: 'iife', outfile: 'dist/report/page.js' },
  };
}

/** Whoever imports one of these, yargs for one, gets the file of that name beside this one, which starts faster. */
function lazyPackages(...names) {
  const ours = names.map((name) => at(`scripts/${name}.js`));
  return {
    name: 'lazy packages',
    setup({ onResolve }) {
      onResolve({ filter: new RegExp(`^(?:${names.join('|')})$`) }, ({ path, importer }) =>
        ours.includes(importer) ? undefined : { path: at(`scripts/${path}.js`) },
      );
    },
  };
}

/** What `await import()` of a CommonJS package gives has its names, as in Node; esbuild alone gives it none but `default`. */
function namesOfCommonJs() {
  const require = createRequire(import.meta.url);
  const namespace = 'names-of-commonjs';
  return {
    name: 'names of CommonJS',
    setup({ onLoad, onResolve, resolve }) {
      onResolve({ filter: /^[^.]/ }, async ({ path, kind, resolveDir, namespace: from }) => {
        if (kind !== 'dynamic-import' || isBuiltin(path) || from === namespace) return undefined;
        const found = await resolve(path, { kind: 'import-statement', resolveDir });
        if (found.external || /^(?:import|export)\b/m.test(await readFile(found.path, 'utf8'))) return undefined;
        return { path: found.path, namespace };
      });
      onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: `import all from ${JSON.stringify(path)};
          export default all;
          export const { ${Object.keys(require(path)).filter((name) => name !== 'default')} } = all;`,
        resolveDir: dirname(path),
      }));
    },
  };
}
