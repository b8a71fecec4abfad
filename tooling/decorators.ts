import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

// With `node --import`: compiles the examples, because Node runs plain TypeScript, but no decorators.
registerHooks({
  load(url, context, nextLoad) {
    if (!/\/examples\/[^/]+\.ts$/.test(url)) return nextLoad(url, context)
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
      loader: 'ts',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    })
    return { format: 'module', source: code, shortCircuit: true }
  },
})
