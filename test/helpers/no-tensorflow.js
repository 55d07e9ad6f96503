// Preloaded with `node --import`: the process exits with 99 when it has loaded TensorFlow's library or tfjs.
// Its last line on stderr is the processor time it took, in milliseconds.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

process.on('exit', () => {
  const libraries = readFileSync('/proc/self/maps', 'utf8');
  const modules = Object.keys(createRequire(import.meta.url).cache).join('\n');
  if (/tensorflow|tfjs/.test(libraries + modules)) process.exitCode = 99;
  const { user, system } = process.cpuUsage();
  writeFileSync(2, `cpu ${Math.round((user + system) / 1000)}\n`);
});
