import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Separate processes: the tests change directories and environments, and load native code.
    pool: 'forks',
    // Most of the time is spent waiting for the disk and for other processes.
    maxWorkers: 2,
    // Real git and real processes on a busy machine of two cores need patience.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**'] },
  },
});
