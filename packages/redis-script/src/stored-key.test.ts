import { describe, expect, it } from 'vitest'
import { escapeKey, storedKey } from './stored-key.ts'

describe('a stored key', () => {
  it('says whose it is, which limiter and policy it is for, and how it is stored', () => {
    expect(storedKey('sluice', 'user:123', 'api', 'daily', 'fw1')).toBe('sluice:{user:123}:api:daily:fw1')
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
})
