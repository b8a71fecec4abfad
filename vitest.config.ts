import { defineConfig } from 'vitest/config'

// Tests read the sources, never a build.
const conditions = ['@sluice/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/**/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tests/**/*.test.ts', 'tooling/**/*.test.ts'],
    globalSetup: './tooling/redis-for-tests.ts',
    testTimeout: 120_000,
  },
})
