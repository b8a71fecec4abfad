import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ownCopy } from './own-copy.ts'

it('is the same text, whatever it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.nat(40), (text, cut) => {
      const part = text.slice(cut % (text.length + 1))
      expect(ownCopy(part)).toBe(part)
    }),
  )
  // Halves may be cut between surrogates.
  for (const text of ['\u{1f600}'.repeat(9), 'x'.repeat(13), `${'\ud800'.repeat(7)}${'\udc00'.repeat(7)}`]) {
    expect(ownCopy(text)).toBe(text)
  }
})

it('keeps alive nothing of what the key was cut from', async () => {
  const core = fileURLToPath(new URL('../index.ts', import.meta.url))
  const program = `
    const { createLimiter } = await import(${JSON.stringify(core)})
    const { fixedWindow } = await import('@sluice/fixed-window')
    const limiter = createLimiter({ policy: fixedWindow({ limit: 5, window: '1h' }) })
    const used = () => { for (let i = 0; i < 3; i += 1) gc(); return process.memoryUsage().heapUsed }
    const before = used()
    for (let i = 0; i < 300; i += 1) {
      const header = String(i).padStart(16, '0') + ',' + Buffer.alloc(200_000, 97 + (i % 26)).toString('latin1')
      limiter.consumeSync(header.split(',')[0])
      limiter.consumeSync(header.slice(2, 40))
    }
    process.stdout.write(String((used() - before) / 600))
  `
  const args = ['--conditions=@sluice/source', '--expose-gc', '--input-type=module', '--eval', program]
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd })
  expect(Number(stdout)).toBeLessThan(2000)
})
