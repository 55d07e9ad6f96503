import { describe } from 'vitest';
import { repeatsGoldenRuns } from '../helpers/repeat-golden.js';

// SwiftShader takes a second for a dozen images: a few are predicted.
describe('the WebGPU engine', () => repeatsGoldenRuns('webgpu', { tolerance: 1e-3, images: 8 }));
