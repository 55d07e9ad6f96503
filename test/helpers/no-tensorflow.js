// Preloaded with `node --import`: the process exits with 99 when it has loaded TensorFlow's library or tfjs.
// Its last line on stderr is the processor time it took, in milliseconds; the one before tells of zod, where that was loaded.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const libraries = readFileSync('/proc/self/maps', 'utf8');
  // tfjs keeps what it is in a global of this name.
  if (libraries.includes('tensorflow') || '_tfengine' in globalThis) process.exitCode = 99;
  // zod too.
  if ('__zod_globalConfig' in globalThis) writeFileSync(2, 'zod is loaded\n');
  const { user, system } = process.cpuUsage();
  writeFileSync(2, `cpu ${Math.round((user + system) / 1000)}\n`);
});
