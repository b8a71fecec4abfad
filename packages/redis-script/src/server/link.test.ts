import { describe, expect, it } from 'vitest'
import { mostFailures } from './breaker.ts'
import { failed, links, replied, sending, stateOf } from './link.ts'
import { server } from './server.ts'

const broken = new Error('ECONNREFUSED')

describe('the state of a link', () => {
  const setUp = () => {
    const shared = server()
    return { own: links(() => shared), other: links(() => shared) }
  }

  it.each([
    ['the server', { of: 'server', counts: 'each' }],
    ['the limiter', { of: 'limiter' }],
  ] as const)(
    'is open after failures of %s, half-open once the pause is over, and closed after a reply',
    (_, answer) => {
      const link = setUp().own.at(0)
      expect(stateOf(link, 0)).toBe('closed')
      for (let i = 0; i < mostFailures; i += 1) failed(sending(link, 0), broken, answer)
      const now = performance.now()
      const afterwards = now + 1000
      expect([stateOf(link, now), stateOf(link, afterwards)]).toEqual(['open', 'half-open'])
      const trial = sending(link, afterwards)
      expect(stateOf(link, afterwards)).toBe('half-open')
      replied(trial)
      expect(stateOf(link, afterwards)).toBe('closed')
    },
  )

  it('is what the other limiters of the store have found out of the server', () => {
    const { own, other } = setUp()
    const [link, neighbour] = [own.at(0), other.at(0)]
    for (let i = 0; i < mostFailures; i += 1) failed(sending(neighbour, 0), broken, { of: 'server', counts: 'each' })
    expect(stateOf(link, performance.now())).toBe('open')
  })
})

it('the links that are known are those that were asked for, each once', () => {
  const servers = [server(), server()]
  const own = links((slot) => servers[slot % 2] as ReturnType<typeof server>)
  expect([...own.known()]).toEqual([])
  const asked = [own.at(0), own.at(1), own.at(2)]
  expect([...own.known()]).toEqual(asked.slice(0, 2))
})
