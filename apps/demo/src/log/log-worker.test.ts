import type { Policy } from '@sluice/core'
import { curveAt, logLines, readAccessLog, refusalCurve } from '@sluice/simulation'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { expect, it } from 'vitest'
import { logFormats } from '../in-browser/log-lines.ts'
import type { LogCurves } from './log-curves.ts'
import { type LogAnswer, logWorker } from './log-worker.ts'

const text = logFormats.combined()

it('answers with the curves of the newest windows alone', async () => {
  const answers: LogAnswer[] = []
  const answer = logWorker(
    (one) => answers.push(one),
    () => Promise.resolve(),
  )
  await answer({ file: new File([text], 'access.log') })
  expect(answers.at(-1)).toMatchObject({ summary: { name: 'access.log', clients: 60, malformed: 0 } })
  await Promise.all([
    answer({ windows: { limit: 60_000, promise: 10_000 } }),
    answer({ windows: { limit: 1000, promise: 10_000 } }),
  ])
  const curves = answers.filter((one) => 'limits' in one)
  expect(curves.map(({ limits, promises }) => [limits.window, promises.window])).toEqual([[1000, 10_000]])

  const log = await readAccessLog(logLines([Buffer.from(text)]))
  const wanted = await refusalCurve({ log, policy: (limit) => slidingLog({ limit, window: '1s' }) })
  const found = curves[0]?.limits.curves.find(({ algorithm }) => algorithm === 'sliding-log')
  expect(found?.curve).toEqual(wanted)
  expect(curveAt(wanted, 1).clientsRefused).toBeGreaterThan(0)
})

it('compares by what is promised, too', async () => {
  const answers: LogAnswer[] = []
  const answer = logWorker(
    (one) => answers.push(one),
    () => Promise.resolve(),
  )
  await answer({ file: new File([text], 'access.log') })
  await answer({ windows: { limit: 10_000, promise: 10_000 } })
  const counted = answers.find((one) => 'limits' in one)
  const refused = (curves: LogCurves | undefined, algorithm: string): number | undefined => {
    const found = curves?.curves.find((one) => one.algorithm === algorithm)
    return found === undefined ? undefined : curveAt(found.curve, 10).clientsRefused
  }
  const log = await readAccessLog(logLines([Buffer.from(text)]))
  // With half of the ten at once, and the other half coming back, no more than ten get through in 10 s.
  const policy = (): Policy => tokenBucket({ capacity: 5, refill: 5, per: '10s' })
  const halved = curveAt(await refusalCurve({ log, policy }), 10).clientsRefused
  expect(refused(counted?.promises, 'token-bucket')).toBe(halved)
  expect(refused(counted?.limits, 'token-bucket')).toBeLessThan(halved)
  expect(refused(counted?.promises, 'sliding-log')).toBe(refused(counted?.limits, 'sliding-log'))
})

it('gives a window that was asked for before at once', async () => {
  const answers: LogAnswer[] = []
  const answer = logWorker(
    (one) => answers.push(one),
    () => Promise.resolve(),
  )
  await answer({ file: new File([text], 'access.log') })
  const windows = { limit: 60_000, promise: 10_000 }
  await answer({ windows })
  const before = answers.length
  await answer({ windows })
  expect(answers.slice(before).map((one) => Object.keys(one))).toEqual([['limits', 'promises']])
})

it('answers with a sentence where there is no log', async () => {
  const answers: LogAnswer[] = []
  const answer = logWorker(
    (one) => answers.push(one),
    () => Promise.resolve(),
  )
  await answer({ file: new File([''], 'empty.log') })
  expect(answers).toEqual([{ problem: 'empty.log is empty: it has no line.' }])
})
