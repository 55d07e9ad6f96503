import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The native engine is one process-wide library: forks keep a crash or a leak inside one file.
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
