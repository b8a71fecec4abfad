import { expect, it } from 'vitest'
import { readArguments } from './read-arguments.ts'

const sections = ['memory', 'redis'] as const

it.each([
  [[], { sections: ['memory', 'redis'], quick: false }],
  [['redis'], { sections: ['redis'], quick: false }],
  [['--quick', 'redis', 'memory'], { sections: ['redis', 'memory'], quick: true }],
])('reads %j', (args, expected) => {
  expect(readArguments(args, sections)).toEqual(expected)
})

it('knows no other section, and no other option', () => {
  const error = new TypeError('Expected sections among memory, redis, got `disk`')
  expect(() => readArguments(['disk'], sections)).toThrow(error)
  expect(() => readArguments(['--fast'], sections)).toThrow(TypeError)
})
