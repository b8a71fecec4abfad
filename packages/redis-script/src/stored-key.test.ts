import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { escapeKey, shortKey, storedKey } from './stored-key.ts'

describe('a stored key', () => {
  it('says whose it is, which limiter and policy it is for, and how it is stored', () => {
    expect(storedKey('sluice', 'user:123', 'api', 'daily', 'fw1')).toBe('sluice:{user:123}:api:daily:fw1')
  })

  it('of a limiter whose state is in one slot has the name of the limiter in the braces', () => {
    expect(storedKey('sluice', 'user:123', 'api', 'daily', 'fw1', 'limiter')).toBe('sluice:{%:api}:user:123:daily:fw1')
    expect(storedKey('sluice', '}', 'api', 'daily', 'fw1', 'limiter')).toBe('sluice:{%:api}:%7D:daily:fw1')
    expect(storedKey('p', 'x'.repeat(201), 'n', 'default', 'tb1', 'limiter')).toContain('p:{%:n}:%#')
  })

  it.each([
    ['', '%'],
    ['%', '%25'],
    ['%%', '%25%25'],
    ['}', '%7D'],
    ['}x', '%7Dx'],
    ['{}', '{%7D'],
    ['{', '{'],
    ['{a}{b}', '{a%7D{b%7D'],
    ['%7D', '%257D'],
    ['%uD800', '%25uD800'],
    ['\ud800', '%uD800'],
    ['\udfff', '%uDFFF'],
    ['a\udc00b', 'a%uDC00b'],
    ['\ude80\ud83d', '%uDE80%uD83D'],
    ['\ud83d\ud83d\ude80', '%uD83D\ud83d\ude80'],
    ['🚀', '🚀'],
    ['\0', '\0'],
    ['\r\n', '\r\n'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['é', 'é'],
    ['é', 'é'],
    ['�', '�'],
    ['a:b', 'a:b'],
  ])('of %j holds %j', (key, escaped) => {
    expect(escapeKey(key)).toBe(escaped)
    expect(storedKey('p', key, 'n', 'default', 'tb1')).toBe(`p:{${escaped}}:n:default:tb1`)
  })

  it('of a key whose escaped form has more than 200 code units holds the hash of that form', () => {
    expect(shortKey('a'.repeat(200))).toBe('a'.repeat(200))
    // `printf 'a%.0s' {1..201} | sha256sum`, in base64url.
    expect(shortKey('a'.repeat(201))).toBe('%#qS79ghCTc-WPmiBW3uAegH4hbOYHX3BRIHwKn31mblA')
    expect(shortKey('%'.repeat(66))).toBe('%25'.repeat(66))
    expect(shortKey('%'.repeat(67))).toBe(`%#${sha256('%25'.repeat(67))}`)
    expect(shortKey('🚀'.repeat(100))).toBe('🚀'.repeat(100))
    expect(storedKey('p', 'x'.repeat(65_536), 'n', 'default', 'tb1')).toHaveLength('p:{%#}:n:default:tb1'.length + 43)
  })

  it('of a key that looks like a hash is another than that of the key it is the hash of', () => {
    const long = 'a'.repeat(201)
    expect(shortKey(shortKey(long))).toBe(`%25#${sha256(long)}`)
  })
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
