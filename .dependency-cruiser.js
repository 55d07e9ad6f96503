// Which part of src may import which: imports go down only. `npm run check` fails for any other, and for every circle.
import { existsSync, readdirSync } from 'node:fs';

/** What a config describes, and every part that stands on it may import. */
const MODELS = 'model optimizers datasets';
/** What every part may import. */
const GROUND = 'arrays command-line differences errors files image json package random statistics suggest text';

/**
 * The parts of src from the top floor down: what each may import of those below it (types alone where a `*` stands),
 * and what it is told when it imports more.
 */
const FLOORS = {
  cli: [
    'process commands flags app context ui runs config',
    'cli.ts assembles the commands and catches their errors, nothing else',
  ],
  process: ['context ui hangups called-as', 'process.ts hands the process out as a context'],
  'hangups called-as': ['', 'hangups.ts looks at how the process was started'],
  commands: [
    'flags app context* ui export runs training/contracts* engine/native* config data model datasets',
    'a command reads its flags and calls a use case of src/app',
  ],
  flags: ['sweep context* engine config datasets', 'flags become settings; what is done with them is for src/app'],
  app: [
    `context* sweep report export runs training training/contracts engine/open engine/native engine config data augment ${MODELS}`,
    'a use case is handed settings, streams and a signal, and knows no command line',
  ],
  context: ['ui* engine/native* data*', 'what use cases are handed: types alone'],
  ui: [
    'sweep* report* export* runs* training* training/contracts* engine/native* engine* config* data* augment* model* datasets*',
    'the screen draws what it is handed: of the core it takes types, not code',
  ],
  sweep: [
    `report* runs training/contracts config ${MODELS}`,
    'a sweep plans trials and starts them; src/app runs them',
  ],
  report: ['runs training/contracts model datasets*', 'a report is made of what a run has written'],
  export: [
    // A SavedModel is the graph that the native engine builds: the same code emits both.
    `runs engine/graph engine/eager config ${MODELS}`,
    'exporters write trained models; they neither train nor show',
  ],
  runs: [
    `training/contracts config ${MODELS}`,
    'run directories hold what training tells; they neither train nor show',
  ],
  training: [
    `training/contracts engine config data augment ${MODELS}`,
    'training yields events; who records or shows them is handed in',
  ],
  'training/contracts': [`engine config data augment ${MODELS}`, 'what training is told and tells, not how it trains'],
  'engine/open engine/precision': [
    `engine/graph engine/eager engine/native engine augment ${MODELS}`,
    'engines run models; they know neither data nor training',
  ],
  'engine/graph': [`engine/native* engine augment ${MODELS}`, 'engines stand side by side, under the loop'],
  'engine/eager': [`engine augment ${MODELS}`, 'engines stand side by side, under the loop'],
  'engine/native': ['engine', 'finding, building and loading native TensorFlow takes no model'],
  engine: [`augment ${MODELS}`, 'what the engines share knows none of them'],
  config: [`augment ${MODELS}`, 'configs know the schemas of what they configure, and nothing above'],
  data: ['datasets', 'data knows of files, not of models or training'],
  augment: ['datasets*', 'augmentation draws numbers; engines apply them'],
  model: ['optimizers datasets*', 'a model is layers, shapes and weights, whatever computes it'],
  optimizers: ['', 'an optimizer is its options and its formula; engines compute it'],
  datasets: ['', 'a data set is a value; src/data gets and reads its files'],
  [GROUND]: ['', 'the ground floor stands on itself alone'],
};

/** Packages that only some parts may import: packages, parts, and what the others are told. */
const PACKAGES = [
  ['yargs', 'flags', 'only src/flags knows of the command line'],
  [
    'chalk cli-progress asciichart cli-table3 cli-cursor slice-ansi string-width',
    'ui',
    'only src/ui draws: yield an event or return data instead',
  ],
  ['bullmq ioredis @aws-sdk/client-s3', 'sweep', 'only src/sweep knows of the queue and the bucket'],
  [
    '@tensorflow/[^/]+ webgpu',
    'engine/eager export',
    'only src/engine/eager loads tfjs, and src/export to check what it has written',
  ],
];

/** How dependency-cruiser calls imports that are gone when compiled. */
const TYPES = ['type-only', 'type-import'];

const words = (text) => text.split(' ').filter((word) => word !== '');
const parts = Object.keys(FLOORS).flatMap(words);

/** A pattern for the files of parts: each one's folder or its one file, without the parts within it. */
function filesOf(names) {
  const patterns = words(names).map((part) => {
    const within = parts.filter((other) => other.startsWith(`${part}/`)).map((other) => other.slice(part.length + 1));
    return `${part}(?:[.]ts$|/${within.length > 0 ? `(?!(?:${within.join('|')})[./])` : ''})`;
  });
  return `^src/(?:${patterns.join('|')})`;
}

function floorRules([names, [imports, message]]) {
  const rule = { name: `src/${words(names)[0]}`, comment: message, severity: 'error', from: { path: filesOf(names) } };
  const allowed = words(imports);
  const typesOnly = allowed.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  const below = parts.slice(parts.indexOf(words(names).at(-1)) + 1);
  const above = [...allowed, ...typesOnly].filter((name) => !name.endsWith('*') && !below.includes(name));
  if (above.length > 0)
    throw new Error(`.dependency-cruiser.js: ${names} may not import ${above}, which is not below it`);
  const others = [names, GROUND, ...allowed].join(' ').replaceAll('*', '');
  return [
    { ...rule, to: { path: '^src/', pathNot: filesOf(others) } },
    ...(typesOnly.length === 0
      ? []
      : [
          {
            ...rule,
            name: `${rule.name} (types only)`,
            to: { path: filesOf(typesOnly.join(' ')), dependencyTypesNot: TYPES },
          },
        ]),
  ];
}

function packageRule([packages, importers, message]) {
  return {
    name: `packages for ${importers}`,
    comment: message,
    severity: 'error',
    from: { path: '^src/', pathNot: filesOf(importers) },
    to: { path: `(?:^|node_modules/)(?:${words(packages).join('|')})(?:/|$)` },
  };
}

const source = new URL('src/', import.meta.url);
const isThere = (part) => existsSync(new URL(part, source)) || existsSync(new URL(`${part}.ts`, source));
const unlisted = readdirSync(source).filter((name) => !parts.includes(name.replace(/[.]ts$/, '')));
if (unlisted.length > 0) throw new Error(`.dependency-cruiser.js: no floor for src/${unlisted}`);
const gone = parts.filter((part) => !isThere(part));
if (gone.length > 0) throw new Error(`.dependency-cruiser.js: there is no src/${gone}`);

export default {
  forbidden: [
    ...Object.entries(FLOORS).flatMap(floorRules),
    ...PACKAGES.map(packageRule),
    {
      name: 'lazy export',
      comment: 'a format loads its packages when it is asked for: await import()',
      severity: 'error',
      from: { path: filesOf('export') },
      to: { path: 'node_modules/(?!(?:zod|protobufjs)/)', dynamic: false, dependencyTypesNot: TYPES },
    },
    {
      name: 'lazy queue and bucket',
      comment: 'its packages are optional peers: await import() where a server is opened',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        path: '(?:^|node_modules/)(?:bullmq|ioredis|@aws-sdk/client-s3)(?:/|$)',
        dynamic: false,
        dependencyTypesNot: TYPES,
      },
    },
    {
      name: 'no circles',
      comment: 'files that import one another, types included: move what both need to a third',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true, // Imports of types count.
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
