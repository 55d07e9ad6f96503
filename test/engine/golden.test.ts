import { describe } from 'vitest';
import { repeatsGoldenRuns } from '../helpers/repeat-golden.js';

describe('the native engine', () => repeatsGoldenRuns('native', { tolerance: 1e-4 }));
describe('the plain CPU engine', () => repeatsGoldenRuns('cpu-js', { tolerance: 1e-4 }));
describe('the WASM engine', () => repeatsGoldenRuns('wasm', { tolerance: 1e-3 }));
