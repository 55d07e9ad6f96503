// node .ci/closing-line.js TESTS_JSON [FAILED_PART …]: prints the closing line, and fails when anything failed.
import { existsSync, readFileSync } from 'node:fs';

const [, , path, ...failedParts] = process.argv;
const tests = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 };
// Checks and smoke run count as one each; the part "test" counts as its tests, or as one when it could not run them.
const others = ['check', 'smoke'];
const broken = others.filter((part) => failedParts.includes(part));
const noTestFailed = failedParts.includes('test') && tests.numFailedTests === 0;
const passed = tests.numPassedTests + others.length - broken.length;
const failed = tests.numFailedTests + broken.length + (noTestFailed ? 1 : 0);
const skipped = (tests.testResults ?? []).flatMap(({ assertionResults }) =>
  assertionResults.flatMap(({ status, fullName }) => (['pending', 'skipped'].includes(status) ? [fullName] : [])),
);
if (skipped.length > 0) console.log(`skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
if (failedParts.length > 0) console.log(`failed parts: ${failedParts.join(', ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || failedParts.length > 0 ? 1 : 0;
