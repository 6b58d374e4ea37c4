import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['{spec,checker,traces,impl,bin}/**/*.test.ts'], testTimeout: 60_000 },
});
