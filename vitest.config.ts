import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { swiftShaderEnvironment } from './test/helpers/swiftshader.js';

const WEBGPU = 'test/**/*.webgpu.test.ts';

export default defineConfig({
  test: {
    // The native engine is one process-wide library: forks keep a crash or a leak inside one file.
    pool: 'forks',
    // Two at least: much of a test's time is spent waiting for the programs that it has started.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 600_000,
    projects: [
      { extends: true, test: { name: 'main', include: ['test/**/*.test.ts'], exclude: [WEBGPU] } },
      // Only these see a GPU, one in software: what the others find is what the machine has.
      { extends: true, test: { name: 'webgpu', include: [WEBGPU], env: swiftShaderEnvironment() } },
    ],
  },
});
