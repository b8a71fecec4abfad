import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import webpack from 'webpack'

/** What webpack warns of when it bundles all packages, all but the clients, and reads their source maps. */
export async function webpackProblems(folder: string): Promise<readonly string[]> {
  const compiler = webpack({
    mode: 'production',
    target: 'node20',
    context: folder,
    entry: './esm/esm/main.js',
    output: { path: join(folder, 'webpack') },
    devtool: 'source-map',
    optimization: { minimize: false },
    // They are the user's own, and look for modules that are optional.
    externals: Object.fromEntries(
      ['ioredis', 'redis', 'express', 'fastify', 'hono', 'koa', '@nestjs/common', '@nestjs/core'].map((name) => [
        name,
        `commonjs ${name}`,
      ]),
    ),
    module: { rules: [{ test: /\.js$/, enforce: 'pre', use: ['source-map-loader'] }] },
    resolveLoader: { modules: [join(import.meta.dirname, 'node_modules')] },
  })
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
    compiler.run((error, result) => (error === null ? resolve(result) : reject(error)))
  })
  const { warnings = [], errors = [] } = stats?.toJson({ all: false, warnings: true, errors: true }) ?? {}
  return [...warnings, ...errors].map(({ message }) => `webpack: ${message}`)
}

/** What esbuild says when it bundles what runs in a browser, and whether the bundle works with what all browsers have. */
export async function browserProblems(folder: string): Promise<readonly string[]> {
  const { outputFiles, warnings, errors } = await build({
    absWorkingDir: folder,
    entryPoints: ['./esm/in-memory.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'consumer',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
  })
  const said = [...warnings, ...errors].map(({ text }) => `esbuild: ${text}`)
  const code = `${outputFiles[0]?.text}; consumer.worksInMemory()`
  const answer: unknown = await runInNewContext(code, { performance, queueMicrotask, AbortSignal })
  return answer === true ? said : [...said, 'esbuild: the bundle does not work']
}
