// node .ci/require-accuracy.js EVENTS MINIMUM: fails unless the run's last event is a completed run_end above it.
import { readFileSync } from 'node:fs';

const [, , path, minimum] = process.argv;
const last = readFileSync(path, 'utf8').trimEnd().split('\n').at(-1);
const end = JSON.parse(last || '{}');
const enough = end.event === 'run_end' && end.status === 'completed' && end.testAccuracy > Number(minimum);
console.log(`smoke run: ${end.event} ${end.status}, test accuracy ${end.testAccuracy}, required above ${minimum}`);
process.exitCode = enough ? 0 : 1;
