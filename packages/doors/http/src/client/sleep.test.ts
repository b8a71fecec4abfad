import { getEventListeners } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { sleep } from './sleep.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('leaves no listener behind when it ends, and no timer when it is given up', async () => {
  vi.useFakeTimers()
  const controller = new AbortController()
  const { signal } = controller
  const slept = sleep(1000, signal)
  vi.advanceTimersByTime(1000)
  await slept
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)

  const given = sleep(1000, signal)
  controller.abort(new Error('given up'))
  await expect(given).rejects.toThrow('given up')
  expect(vi.getTimerCount()).toBe(0)
})

it('does not begin under a signal that has fired', async () => {
  await expect(sleep(86_400_000, AbortSignal.abort(new Error('given up')))).rejects.toThrow('given up')
})
