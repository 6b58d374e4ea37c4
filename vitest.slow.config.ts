import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{spec,checker,traces,impl,bin}/**/*.slow.ts'],
    globalSetup: 'checker/kernel/setup.ts',
    testTimeout: 600_000,
  },
});
