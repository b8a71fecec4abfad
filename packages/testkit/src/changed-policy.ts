import assert from 'node:assert/strict'
import type { Decision, Limiter } from '@sluice/core'
import fc from 'fast-check'
import { costOf, forwardMove, weight } from './history.ts'
import { consumes, type Law, optionsAndChange, scaled } from './law.ts'
import { assertWithin, type Flow, play, send } from './playing.ts'

/**
 * Never drawn: policies that stand beside others, clocks that go back (law 10 has them), and, for what is admitted in a stretch of time,
 * windows that are no multiples of each other.
 */
export const changedPolicy: Law = {
  number: 12,
  title: 'changing a policy grants nothing',
  async check({ subject, harness }, effort) {
    const atOnce = fc.asyncProperty(
      subject.options,
      consumes(forwardMove),
      fc.integer({ min: 1, max: 40 }),
      async (options, history, limit) => {
        await play(harness, async ({ limiter, move, note }) => {
          const old = subject.policy(options)
          const before = limiter('law', old)
          for (const step of history) {
            move(step.move, subject.span(options))
            note((await send(before, step, old.limit)) as Decision)
          }
          const taken = old.limit - (await before.peek('a', { cost: 0 })).remaining
          const resized = subject.policy(subject.resized(options, limit))
          const { remaining } = await limiter('law', resized).peek('a', { cost: 0 })
          assert.equal(remaining, Math.max(0, resized.limit - taken))
        })
      },
    )
    await fc.assert(atOnce, effort)

    const told = fc.asyncProperty(
      optionsAndChange(subject),
      consumes(forwardMove),
      weight,
      async ([a, b], history, last) => {
        await play(harness, async ({ limiter, move, note, clock }) => {
          const [old, young] = [subject.policy(a), subject.policy(b)]
          const [before, after] = [limiter('law', old), limiter('law', young)]
          for (const step of history) {
            move(step.move, subject.span(a))
            note((await send(before, step, old.limit)) as Decision)
          }
          const cost = costOf(last, young.limit)
          const { allowed, retryAfterMs } = await after.consume('a', { cost })
          if (allowed || retryAfterMs === Number.POSITIVE_INFINITY) return
          if (!clock.advance(retryAfterMs - 1)) return
          assert.equal((await after.consume('a', { cost })).allowed, false, 'still refused a ms before')
          if (!clock.advance(1)) return
          assert.equal((await after.consume('a', { cost })).allowed, true, 'allowed when it was told')
        })
      },
    )
    await fc.assert(told, effort)

    const both = fc.array(fc.boolean(), { minLength: 24, maxLength: 24 })
    const together = fc.asyncProperty(
      optionsAndChange(subject),
      consumes(forwardMove),
      both,
      async ([a, b], history, turns) => {
        const flows: Flow[] = []
        await play(harness, async ({ limiter, move, note, clock }) => {
          const [old, young] = [subject.policy(a), subject.policy(b)]
          const limiters: readonly [Limiter, Limiter] = [limiter('law', old), limiter('law', young)]
          for (const [i, step] of history.entries()) {
            move(step.move, subject.span(a))
            const cost = costOf(step.weight, old.limit)
            const { allowed } = note(await limiters[turns[i] ? 0 : 1].consume('a', { cost }))
            if (allowed) flows.push({ at: clock.forward, cost })
          }
        })
        const larger = subject.larger(a, b)
        assertWithin(flows, (elapsed) => subject.envelope(larger, elapsed))
      },
    )
    await fc.assert(together, effort)

    // Short, and many: few pairs of options are so far apart that a debt passes 2^53.
    const asked = fc.asyncProperty(
      fc.tuple(subject.options, subject.options),
      consumes(forwardMove).map((history) => history.slice(0, 6)),
      fc.array(fc.tuple(forwardMove, weight), { minLength: 1, maxLength: 3, size: 'max' }),
      fc.array(forwardMove, { minLength: 1, maxLength: 4, size: 'max' }),
      async ([a, b], history, visits, later) => {
        await play(harness, async ({ limiter, move, note }) => {
          const [own, other] = [subject.policy(a), subject.policy(b)]
          const [there, back, alone] = [limiter('law', other), limiter('law', own), limiter('alone', own)]
          for (const step of history) {
            move(step.move, subject.span(a))
            await send(back, step, own.limit)
            note((await send(alone, step, own.limit)) as Decision)
          }
          // At the instant of a charge the other options may charge too: no time has passed in which they drain or forget more.
          const [isCharged] = [await back.consume('a'), await alone.consume('a')].map(({ allowed }) => allowed)
          for (const [i, [to, weight]] of visits.entries()) {
            const atOnce = isCharged === true && i === 0
            if (!atOnce) move(to, subject.span(a))
            const cost = costOf(weight, other.limit)
            if (atOnce || !(await there.peek('a', { cost })).allowed) await there.consume('a', { cost })
          }
          for (const to of [{ to: 'stay' } as const, ...later]) {
            move(to, subject.span(a))
            const [left, leftAlone] = [await back.peek('a'), note(await alone.peek('a'))]
            assert.ok(left.remaining <= leftAlone.remaining, 'what was asked under other options gave nothing back')
            assert.ok(left.resetAfterMs >= leftAlone.resetAfterMs, 'and made nothing come back sooner')
          }
        })
      },
    )
    await fc.assert(asked, scaled(effort, 4))
  },
}
