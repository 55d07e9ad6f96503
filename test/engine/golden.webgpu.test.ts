import { describe } from 'vitest';
import { repeatsGoldenRuns } from '../helpers/repeat-golden.js';

// SwiftShader takes seconds a step: two steps show the forward pass, the gradients and the update.
describe('the WebGPU engine', () => repeatsGoldenRuns('webgpu', { tolerance: 1e-3, steps: 2, images: 8 }));
