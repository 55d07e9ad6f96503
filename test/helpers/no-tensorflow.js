// Preloaded with `node --import`: the process exits with 99 when it has loaded TensorFlow's library or tfjs.
// It says so on stderr where it has loaded zod.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const libraries = readFileSync('/proc/self/maps', 'utf8');
  // tfjs keeps what it is in a global of this name.
  if (libraries.includes('tensorflow') || '_tfengine' in globalThis) process.exitCode = 99;
  // zod too.
  if ('__zod_globalConfig' in globalThis) writeFileSync(2, 'zod is loaded\n');
});
