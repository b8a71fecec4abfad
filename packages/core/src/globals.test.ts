import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/**
 * Runs a program in a process of its own, with nothing among its globals but what the language has, and with those that are
 * named left as they are. What it awaits last is what it says.
 */
async function withoutGlobals(kept: readonly string[], program: string): Promise<unknown> {
  const [core, bucket] = ['./index.ts', '../../algorithms/token-bucket/src/index.ts'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  const source = `
    const { stdout, argv } = process
    const language = new Set(${JSON.stringify(ofTheLanguage)})
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (!language.has(name) && !${JSON.stringify(kept)}.includes(name)) delete globalThis[name]
    }
    const core = await import(${JSON.stringify(core)})
    const { tokenBucket } = await import(${JSON.stringify(bucket)})
    const policy = tokenBucket({ capacity: 2, refill: 1, per: '1h' })
    const said = await (async () => { ${program} })()
    stdout.write(JSON.stringify(said))
  `
  const args = ['--conditions=@sluice/source', '--input-type=module', '--eval', source]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

const ofTheLanguage = [
  ...[
    'globalThis',
    'undefined',
    'NaN',
    'Infinity',
    'Object',
    'Function',
    'Array',
    'Number',
    'Boolean',
    'String',
    'Symbol',
  ],
  ...['Date', 'Promise', 'RegExp', 'Error', 'AggregateError', 'TypeError', 'RangeError', 'JSON', 'Math', 'Map', 'Set'],
  ...['WeakMap', 'WeakSet', 'BigInt', 'ArrayBuffer', 'Int32Array', 'Uint8Array', 'Float64Array', 'Reflect', 'Proxy'],
  ...['isNaN', 'parseInt', 'Intl'],
  // Node needs these to read TypeScript.
  ...['WebAssembly', 'TextDecoder', 'TextEncoder', 'FinalizationRegistry', 'DataView'],
]

it('decides where nothing is global but the language', async () => {
  const said = await withoutGlobals(
    [],
    `
    const limiter = core.createLimiter({ policy })
    // More than maps are for: these are hashed at random.
    for (let i = 0; i < 40_000; i += 1) limiter.consumeSync('user:' + i, { cost: 2 })
    const refused = [0, 7, 39_999].map((i) => limiter.consumeSync('user:' + i).allowed)
    const { source } = await limiter.consume('ann')
    const down = { bind: () => ({ apply: () => Promise.reject(new Error('down')) }) }
    const [local, closed] = ['local', 'closed'].map((failure) =>
      core.createLimiter({ name: 'api', policy, failure, store: down }).consume('ann'))
    return [refused, source, (await local).source, (await closed).source]
    `,
  )
  expect(said).toEqual([[false, false, false], 'store', 'local', 'closed'])
})

it('makes an unhandled rejection of what a listener throws, where there is no queueMicrotask', async () => {
  const program = `
    const down = { bind: () => ({ apply: () => Promise.reject(new Error('down')) }) }
    const onEvent = () => { throw new Error('of ' + 'the listener') }
    await core.createLimiter({ name: 'api', policy, store: down, onEvent }).consume('ann')
    return 'decided'
  `
  await expect(withoutGlobals([], program)).rejects.toThrow('of the listener')
  await expect(withoutGlobals(['queueMicrotask'], program)).rejects.toThrow('of the listener')
})
