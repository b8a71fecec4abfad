import { execFile } from 'node:child_process'
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createLimiter } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { leakyBucket } from '@sluice/leaky-bucket'
import { slidingLog } from '@sluice/sliding-log'
import { ioredisStore } from '@sluice/store-ioredis'
import { tokenBucket } from '@sluice/token-bucket'
import { Redis } from 'ioredis'
import { describe, expect, inject, it } from 'vitest'

// What the documents show is what runs: each program in them is a file of examples/, and each of those is run here.
const root = join(import.meta.dirname, '..')
const documents = globSync(['*.md', 'docs/*.md', 'packages/**/README.md'], {
  cwd: root,
  exclude: (name) => name.includes('node_modules'),
})
const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'))
const shownProgram = /<!-- (examples\/\S+\.ts) -->\n```ts\n([\s\S]*?)```/g
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

describe('the programs in the documents', () => {
  it.each(documents)('%s shows examples as they are', (document) => {
    const text = read(document)
    const current = text.replace(shownProgram, (_, file) => `<!-- ${file} -->\n\`\`\`ts\n${read(file)}\`\`\``)
    if (process.env.SLUICE_UPDATE === 'examples') writeFileSync(join(root, document), current)
    else expect(text).toBe(current)
    const programs = text.match(/```ts\n/g) ?? []
    expect(programs, 'every program is an example').toHaveLength([...text.matchAll(shownProgram)].length)
  })

  it.each(documents)('%s links to what exists', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(
      ([, target]) => target as string,
    )
    const missing = links.filter((target) => globSync(join(dirname(document), target), { cwd: root }).length === 0)
    expect(missing).toEqual([])
  })

  it.each(examples)('%s runs', async (example) => {
    const env = { ...process.env, REDIS_URL: inject('redisUrl') }
    const args = ['--conditions=@sluice/source', join('examples', example)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env })

    // A comment behind a console.log is what it prints.
    const promised = [...read(join('examples', example)).matchAll(/console\.log\(.*\) \/\/ ((?:true|false|\d).*)$/gm)]
    const printed = stdout.trim().split('\n')
    for (const [i, [, comment]] of promised.entries()) {
      const [said] = (comment as string).split(':')
      expect(printed[i]).toBe(said)
    }
    expect(printed.length).toBeGreaterThan(0)
  })
})

it('every package is in the table of the README, and has a README of its own', () => {
  const packages = globSync('packages/**/package.json', { cwd: root, exclude: (name) => name.includes('node_modules') })
  for (const file of packages) {
    const { name } = JSON.parse(read(file)) as { name: string }
    expect(read('README.md')).toContain(`[\`${name}\`](${dirname(file)})`)
    expect(read(join(dirname(file), 'README.md'))).toContain(`# ${name}`)
  }
})

it.each([
  ['token bucket', tokenBucket({ capacity: 5, refill: 1, per: '1h' })],
  ['leaky bucket', leakyBucket({ capacity: 5, leak: 1, per: '1h' })],
  ['fixed window', fixedWindow({ limit: 5, window: '1h' })],
  ['sliding log', slidingLog({ limit: 5, window: '1h' })],
])('the README says how many bytes are stored: %s', async (name, policy) => {
  const client = new Redis(inject('redisUrl'))
  const prefix = `readme-${process.pid}`
  const limiter = createLimiter({
    name: policy.format,
    policy,
    store: ioredisStore({ client, prefix }),
    failure: 'throw',
    deadline: '1h',
  })
  await limiter.consume('a')
  const length = await client.strlen(`${prefix}:{a}:${policy.format}:default:${policy.format}`)
  await limiter.reset('a')
  await client.quit()

  const row = read('README.md')
    .split('\n')
    .find((line) => line.startsWith(`| ${name}`)) as string
  const [bytes, each] = [/(\d+) bytes/, /and (\d+) for each/].map((said) => Number(said.exec(row)?.[1] ?? 0))
  expect(length).toBe((bytes ?? 0) + (each ?? 0))
})
