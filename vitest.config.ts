import { defineConfig } from 'vitest/config'
import { LawsFirst } from './tooling/laws-first.ts'
import { mutantPlugin } from './tooling/mutants/plugin.ts'
import { provenReporter } from './tooling/proven-reporter.ts'

// Tests read the sources, never a build.
const conditions = ['@sluice/source']

const mutated = process.env.SLUICE_MUTANT !== undefined

export default defineConfig({
  plugins: mutated ? [mutantPlugin()] : [],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/**/src/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'examples/*.test.ts',
      'tests/**/*.test.ts',
      'tooling/**/*.test.ts',
    ],
    globalSetup: './tooling/redis-for-tests.ts',
    setupFiles: './tooling/quiet-warnings.ts',
    reporters: ['default', provenReporter()],
    // By default one processor of two stands idle.
    maxWorkers: '100%',
    sequence: { sequencer: LawsFirst },
    testTimeout: 120_000,
    // A mutant must neither come out of the cache of transformed files nor go into it.
    fsModuleCache: !mutated,
  },
})
