import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Policy } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { describe, expect, it } from 'vitest'
import { assemble } from './assemble.ts'

const folder = join(import.meta.dirname, '..', '..', 'scripts')
const bucket = tokenBucket({ capacity: 5, refill: 2, per: '1s' })
const window = fixedWindow({ limit: 5, window: '1s' })

const limiters: Readonly<Record<string, readonly Policy[]>> = {
  'token-bucket': [bucket],
  'leaky-bucket': [leakyBucket({ capacity: 5, leak: 2, per: '1s' })],
  'fixed-window': [window],
  'sliding-log': [slidingLog({ limit: 5, window: '1s' })],
  'token-bucket-and-fixed-window': [bucket, window],
}

const scripts = Object.entries(limiters).flatMap(([name, policies]) => {
  const { lone, batch } = assemble(policies, 'server')
  return [
    { file: `${name}.lone.lua`, source: lone.source },
    { file: `${name}.batch.lua`, source: batch.source },
  ]
})

describe('the committed script', () => {
  it.each(scripts)('$file is the one that is sent to Redis', ({ file, source }) => {
    const path = join(folder, file)
    if (process.env.SLUICE_UPDATE === 'scripts') writeFileSync(path, `${source}\n`)
    expect(readFileSync(path, 'utf8')).toBe(`${source}\n`)
  })
})
