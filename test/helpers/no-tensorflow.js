// Preloaded with `node --import`: the process exits with 99 when it has loaded TensorFlow's library or tfjs.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

process.on('exit', () => {
  const libraries = readFileSync('/proc/self/maps', 'utf8');
  const modules = Object.keys(createRequire(import.meta.url).cache).join('\n');
  if (/tensorflow|tfjs/.test(libraries + modules)) process.exitCode = 99;
});
