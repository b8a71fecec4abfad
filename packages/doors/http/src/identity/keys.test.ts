import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ApiKeyOptions, apiKey } from './api-key.ts'
import { compositeKey } from './composite-key.ts'
import { type KeyHashOptions, keyHash } from './key-hash.ts'
import { userKey } from './user-key.ts'

const secret = 'a secret of 24 letters..'

describe('keyHash', () => {
  it('is what HMAC-SHA-256 of the platform says, cut to 128 bits', () => {
    const kind = fc.string({ unit: fc.constantFrom('a', '-', '_', '.'), minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        kind,
        fc.string({ unit: 'grapheme' }),
        fc.uint8Array({ minLength: 16, maxLength: 100 }),
        (kind, value, key) => {
          const digest = createHmac('sha256', key).update(`${kind}\0${value}`).digest().subarray(0, 16)
          expect(keyHash({ secret: key })(kind, value)).toBe(`${kind}:${digest.toString('base64url')}`)
        },
      ),
    )
  })

  it.each<[unknown, RegExp]>([
    [{}, /`secret` to be a string or bytes/],
    [{ secret: 'short' }, /at least 16 bytes, got 5/],
    [{ secret, salt: 1 }, /`salt`/],
  ])('refuses %j, and shows no secret', (options, message) => {
    expect(() => keyHash(options as KeyHashOptions)).toThrow(message)
  })

  it('refuses a kind that could be taken for another', () => {
    expect(() => keyHash({ secret })('a\0b', 'c')).toThrow(/kind of a key/)
  })
})

describe('apiKey', () => {
  const find = apiKey({ secret })

  it('reads the bearer token, and shows nothing of it', () => {
    const key = find(new Headers({ Authorization: 'Bearer sk-123' }))
    expect(key).toBe(keyHash({ secret })('api-key', 'sk-123'))
    expect(find({ authorization: 'bearer  sk-123' })).toBe(key)
    expect(find({ authorization: 'bearer sk-124' })).not.toBe(key)
  })

  it.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer a, Bearer b'])(
    'finds none in %j',
    (authorization) => {
      expect(find({ authorization })).toBeUndefined()
    },
  )

  it('reads another header as a whole', () => {
    expect(apiKey({ secret, header: 'X-API-Key' })({ 'x-api-key': ' sk-123 ' })).toBe(
      keyHash({ secret })('api-key', 'sk-123'),
    )
    expect(apiKey({ secret, header: 'X-API-Key' })({})).toBeUndefined()
    expect(() => apiKey({ secret, header: '' })).toThrow(/name of a header/)
    expect(() => apiKey({ secret, query: 'key' } as ApiKeyOptions)).toThrow(/`query`/)
  })
})

describe('userKey', () => {
  it('is one for all spellings of a name', () => {
    for (const name of ['Ann@Example.com', ' ann@example.com ', 'ＡＮＮ@example.com'])
      expect(userKey(name)).toBe('user:ann@example.com')
    expect(userKey('José')).toBe(userKey('Jose\u0301'))
    expect(userKey('\u210c')).toBe('user:h')
  })

  it('stays as it is when a name is normalised twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (name) => {
        expect(userKey(userKey(name).slice('user:'.length))).toBe(userKey(name))
      }),
    )
  })

  it('is short, however long the name', () => {
    expect(userKey('x'.repeat(256))).toHaveLength(261)
    expect(userKey('x'.repeat(257))).toMatch(/^user-hash:[\w-]{43}$/)
    expect(userKey('x'.repeat(1_000_000))).not.toBe(userKey('x'.repeat(999_999)))
  })
})

it('two lists of parts never make the same composite key', () => {
  const part = fc.string({ unit: fc.constantFrom('1', '2', ':', 'a'), maxLength: 6 })
  const parts = fc.array(part, { maxLength: 4 })
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      expect(compositeKey(...one) === compositeKey(...other)).toBe(JSON.stringify(one) === JSON.stringify(other))
    }),
    { numRuns: 1000 },
  )
  expect(compositeKey('ann', '192.0.2.7')).toBe('3:ann9:192.0.2.7')
})

it('no key keeps alive the header that it was read from', async () => {
  const index = fileURLToPath(new URL('../index.ts', import.meta.url))
  const program = `
    const { apiKey, clientIp, compositeKey, userKey } = await import(${JSON.stringify(index)})
    const byIp = clientIp({ trust: ['10.0.0.0/8'], prefix: 128 })
    const byForwarded = clientIp({ trust: ['10.0.0.0/8'], header: 'forwarded', prefix: 128 })
    const byKey = apiKey({ secret: ${JSON.stringify(secret)} })
    const used = () => { for (let i = 0; i < 3; i += 1) gc(); return process.memoryUsage().heapUsed }
    const keys = []
    const before = used()
    for (let i = 0; i < 300; i += 1) {
      const filler = Buffer.alloc(100_000, 97 + (i % 26)).toString('latin1')
      const address = '2001:db8:aaaa:bbbb:cccc:dddd:eeee:' + (4096 + i).toString(16)
      const list = filler + ', ' + address
      keys.push(byIp('10.0.0.1', { 'x-forwarded-for': list }))
      keys.push(byForwarded('10.0.0.1', { forwarded: filler + ', for="[' + address + ']"' }))
      keys.push(byKey({ authorization: 'Bearer ' + filler }))
      keys.push(userKey((filler + ' ann-' + i + '-at-a-long-name@example.com').slice(100_000)))
      keys.push(compositeKey(list.slice(100_002), 'login'))
    }
    process.stdout.write(String((used() - before) / keys.length))
  `
  const args = ['--conditions=@sluice/source', '--expose-gc', '--input-type=module', '--eval', program]
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd })
  expect(Number(stdout)).toBeLessThan(1000)
})
