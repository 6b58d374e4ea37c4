import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{spec,checker,traces,impl,bin}/**/*.test.ts'],
    globalSetup: 'checker/kernel/setup.ts',
    testTimeout: 60_000,
  },
});
