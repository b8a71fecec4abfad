import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createLimiter, memoryStore } from '@sluice/core'
import { fixedWindow } from '@sluice/fixed-window'
import { logLines, readAccessLog, refusalCurve, replay, virtualClock } from '@sluice/simulation'
import { slidingLog } from '@sluice/sliding-log'
import { tokenBucket } from '@sluice/token-bucket'
import { afterAll, describe, expect, it } from 'vitest'
import { exampleLog, layExamples } from './example-folder.ts'
import { ran } from './run.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
layExamples(folder)
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string): string => join(folder, name)
const lay = (name: string, content: string | Uint8Array): string => {
  writeFileSync(file(name), content)
  return file(name)
}
const [config, other, log] = [file('sluice.json'), file('other.json'), file('access.log')]

describe('sluice', () => {
  it.each([
    ['an unknown command', ['chek', config], /unknown command 'chek'/],
    ['an unknown option', ['check', config, '--jsn'], /unknown option '--jsn'/],
    ['a file that is missing', ['explain', file('none.json')], /none.json" to be a file, there is none/],
    ['a folder', ['check', folder], /it is a folder/],
    ['an unknown limiter', ['explain', config, 'apo'], /Expected a limiter of ".*", api, login, got "apo"/],
    ['a log that is missing', ['replay', file('none.log'), '--config', config], /there is none/],
    ['a log that is none', ['replay', config, '--config', config], /found no line that can be read/],
    [
      'a share that is none',
      ['replay', log, '--config', config, '--fail-above', '1'],
      /a share of the clients like 0.5%/,
    ],
    ['a missing document', ['replay', log], /required option '--config <file>' not specified/],
    ['a page that cannot be written', ['replay', log, '--config', config, '--html', folder], /it is a folder/],
    ['an option of another pattern', ['simulate', config, 'api', '--size', '3'], /options of steady .*, got --size/],
    ['a wrong duration', ['simulate', config, 'api', '--rate', '1', '--per', '1x'], /`per`/],
  ])('ends with 2 at %s, and says why on standard error', async (_, args, message) => {
    const { code, output, errors } = await ran(args)
    expect([code, output]).toEqual([2, ''])
    expect(errors).toMatch(message)
  })

  it('shows colour only on a terminal', async () => {
    const code = '\u001b['
    expect((await ran(['explain', config])).output).not.toContain(code)
    expect((await ran(['explain', config], { hasColor: true })).output).toContain(code)
  })
})

describe('sluice check', () => {
  it('ends with 0 for a document that is right', async () => {
    const { code, output } = await ran(['check', config])
    expect([code, output]).toEqual([0, `ok  ${config}: limiters api, login; store memory\n`])
  })

  const wrong = {
    store: { driver: 'ioredis', url: 'redis://ann:s3cret@cache:6379', database: 'x' },
    limiters: { api: { policy: { algorithm: 'token-bucket', capacity: -1, refill: 1, per: '1s' }, failure: 'shut' } },
  }

  it('ends with 1 and all that is wrong, without secrets', async () => {
    const { code, output, errors } = await ran(['check', lay('wrong.json', JSON.stringify(wrong))])
    expect([code, errors]).toEqual([1, ''])
    expect(output).toMatch(/3 problems\n/)
    for (const path of ['store.database', 'limiters.api.policy.capacity', 'limiters.api.failure']) {
      expect(output).toContain(`\`${path}\``)
    }
    expect(output).not.toContain('s3cret')
  })

  it('prints JSON', async () => {
    const { output } = await ran(['check', lay('wrong.json', JSON.stringify(wrong)), '--json'])
    const { valid, problems } = JSON.parse(output)
    expect([valid, problems.length]).toEqual([false, 3])
    expect(JSON.parse((await ran(['check', config, '--json'])).output)).toMatchObject({ valid: true, problems: [] })
  })

  it('looks variables up in the environment', async () => {
    const document = { store: { driver: 'ioredis', url: `\${REDIS_URL}` }, limiters: { api: wrong.limiters.api } }
    document.limiters.api = { policy: { ...wrong.limiters.api.policy, capacity: 1 }, failure: 'open' }
    const named = lay('variables.json', JSON.stringify(document))
    expect((await ran(['check', named])).output).toContain('REDIS_URL')
    const REDIS_URL = 'redis://ann:s3cret@cache:6379'
    const { code, output } = await ran(['check', named], { env: { REDIS_URL } })
    expect([code, output]).toEqual([0, `ok  ${named}: limiter api; store ioredis\n`])
    // Who tries limits need not know where the store is.
    expect((await ran(['explain', named])).code).toBe(0)
  })
})

describe('sluice explain', () => {
  it('says in words and numbers what one client may have', async () => {
    const { output } = await ran(['explain', config, 'api'])
    expect(output).toContain('After a silence 20 at once, then 10 each 1s.')
    expect(output).toMatch(/at most +30 in any 1s/)
    expect(output).toMatch(/at most +80 in any 1d/)
    expect(output).toContain('Other numbers for tenant acme.')
    expect(output).not.toContain('login')
  })

  it.each([
    [{ algorithm: 'token-bucket', capacity: 10, refill: 10, per: '10s' }, [10, 10, 20, 10_000]],
    [{ algorithm: 'leaky-bucket', capacity: 10, leak: 10, per: '10s' }, [1, 10, 10, 10_000]],
    [{ algorithm: 'fixed-window', limit: 10, window: '10s' }, [10, 10, 20, 10_000]],
    [{ algorithm: 'sliding-log', limit: 10, window: '10s' }, [10, 10, 10, 10_000]],
  ])('knows the numbers of %o', async (policy, numbers) => {
    const document = lay('one.json', JSON.stringify({ limiters: { api: { policy } } }))
    const [explained] = JSON.parse((await ran(['explain', document, '--json'])).output)
    const { atOnce, inTheLongRun, inAnyWindow, windowMs } = explained.policies[0]
    expect([atOnce, inTheLongRun, inAnyWindow, windowMs]).toEqual(numbers)
  })
})

describe('sluice simulate', () => {
  it('says what became of the traffic', async () => {
    const args = ['simulate', config, 'api', '--pattern', 'burst', '--size', '50', '--every', '10s']
    const { totals } = JSON.parse((await ran([...args, '--json'])).output)
    // Each burst finds 20 tokens, and the day's 40 are gone after two.
    expect(totals).toMatchObject({ asked: 300, admitted: 40, refused: 260 })
    expect((await ran(args)).output).toMatch(/^refused +260 /m)
  })

  it.each([
    ['steady', ['--rate', '10', '--per', '1s', '--seed', '7']],
    ['boundary-burst', ['--size', '3', '--window', '1s']],
    ['spike', ['--rate', '1', '--per', '1s', '--peak', '9', '--from', '10s', '--lasting', '5s']],
    ['retry-storm', ['--clients', '9', '--every', '10s', '--pause', '1s', '--attempts', '2']],
  ])('has the pattern %s', async (pattern, options) => {
    const { code, output } = await ran(['simulate', config, 'api', '--pattern', pattern, ...options])
    expect(code).toBe(0)
    expect(output).toMatch(/^asked +\d+/)
  })
})

describe('sluice replay', () => {
  const policies = {
    burst: tokenBucket({ capacity: 20, refill: 10, per: '1s' }),
    daily: fixedWindow({ limit: 40, window: '1d' }),
  }
  const read = () => readAccessLog(logLines([Buffer.from(exampleLog())]))
  const json = async (...args: readonly string[]) => JSON.parse((await ran(['replay', ...args, '--json'])).output)

  it('agrees with the packages, called directly', async () => {
    const { limiters, log: summary } = await json(log, '--config', config)
    const direct = await read()
    const clock = virtualClock()
    const limiter = createLimiter({ name: 'api', policies, store: memoryStore({ clock: clock.now }) })
    const report = await replay({ log: direct, limiter, clock, window: '1d' })
    expect(summary).toMatchObject({ requests: direct.times.length, clients: 60 })
    const [api, login] = limiters
    expect(api.documents[0]).toMatchObject({
      admitted: report.admitted,
      refused: report.refused,
      clientsRefused: report.clientsRefused,
      mostInWindow: report.worstWindow?.units,
      policies: { burst: 0, daily: report.refused },
    })
    expect(
      api.documents[0].mostRefused.map(({ client, refused }: { client: string; refused: number }) => [client, refused]),
    ).toEqual(report.mostRefused.map(({ client, refused }) => [client, refused]))
    const curve = await refusalCurve({ log: direct, policy: (limit) => slidingLog({ limit, window: '15m' }) })
    expect(login.curves[0].curve).toEqual(curve)
  })

  it('says who was refused, when, and under which policy', async () => {
    const { limiters } = await json(log, '--config', config, '--limiter', 'api', '--top', '1')
    expect(limiters.length).toBe(1)
    // The 60th client comes once a minute: its 41st request is the first that the day refuses.
    expect(limiters[0].documents[0].mostRefused).toEqual([
      {
        client: '192.0.2.60',
        asked: 60,
        refused: 20,
        first: Date.UTC(2026, 2, 4, 14, 40),
        last: Date.UTC(2026, 2, 4, 14, 59),
        policies: { daily: 20 },
      },
    ])
    const { timeline } = limiters[0].documents[0]
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    expect([sum(timeline.asked), sum(timeline.refused)]).toEqual([1830, 210])
  })

  it('tells the difference between two documents', async () => {
    const { differences } = await json(log, '--config', config, '--compare', other, '--limiter', 'api')
    // Under 30 instead of 40 a day: 31 to 60 requests lose 1 to 10 more.
    expect(differences).toEqual([
      {
        limiter: 'api',
        here: { requests: 0, clients: 0, most: [] },
        there: {
          requests: 255,
          clients: 10,
          most: [40, 39, 38, 37, 36].map((client) => ({ client: `192.0.2.${client}`, refused: client - 30 })),
        },
      },
    ])
    const { output } = await ran(['replay', log, '--config', config, '--compare', other])
    expect(output).toContain('Refused by --compare alone: 255 requests. Clients that only it refuses: 10:')
    expect(output).toContain('login: the difference\nBoth decide alike, request by request.')
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('finds the tightest limit that refuses at most a share', async () => {
    const tightest = async (share: string): Promise<number> =>
      (await json(log, '--config', config, '--limiter', 'api', '--refuse-at-most', share)).limiters[0].curves[1]
        .tightest.limit
    // Each client comes as often as it is called: at 54 a day, 6 of 60 are refused.
    expect([await tightest('10%'), await tightest('0%'), await tightest('9.9%')]).toEqual([54, 60, 55])
    const { output } = await ran(['replay', log, '--config', config, '--refuse-at-most', '10%'])
    expect(output).toContain('To refuse at most 10% of the clients, api.daily needs a limit of 54; it has 40.')
  })

  it('ends with 1 where more clients are refused than may be', async () => {
    const args = ['replay', log, '--config', config, '--limiter', 'api']
    // 20 of 60.
    expect((await ran([...args, '--fail-above', '33.4%'])).code).toBe(0)
    const { code, errors } = await ran([...args, '--fail-above', '33.3%'])
    expect([code, errors]).toEqual([1, 'api refuses 33.3% of the clients, more than 33.3%\n'])
  })

  it('reads gzip, several logs and standard input alike', async () => {
    const expected = await json(log, '--config', config)
    const [half, rest] = [exampleLog().slice(0, 50_000), exampleLog().slice(50_000)]
    const parts = [gzipSync(half), gzipSync(rest)]
    const cut = exampleLog().indexOf('\n', 40_000) + 1
    const variants: readonly (readonly [readonly string[], (string | Uint8Array)[]])[] = [
      [[file('access.log.gz')], []],
      [[lay('two.gz', Buffer.concat(parts))], []],
      [[lay('first.log', exampleLog().slice(0, cut)), lay('second.log.gz', gzipSync(exampleLog().slice(cut)))], []],
      [['-'], [half, rest]],
      [['-'], parts],
    ]
    for (const [files, input] of variants) {
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for (const chunk of input) yield Buffer.from(chunk)
      }
      const { output } = await ran(['replay', ...files, '--config', config, '--json'], { input: chunks() })
      expect(JSON.parse(output).limiters).toEqual(expected.limiters)
    }
  })

  it.each([
    ['cut', gzipSync(exampleLog()).subarray(0, -20), 'it ends in the midst of its data'],
    ['broken', gzipSync(exampleLog()).map((byte, i) => (i > 300 ? 255 - byte : byte)), 'its data are broken'],
  ])('says that gzip is %s', async (_, bytes, message) => {
    const { code, errors } = await ran(['replay', lay('bad.gz', bytes), '--config', config])
    expect(code).toBe(2)
    expect(errors).toContain(message)
  })

  it('shows the first three lines that it did not understand, as they are but for what steers terminals', async () => {
    const lines = `junk\n${exampleLog()}\u001b[31mred\n<script>alert(1)</script>\nmore\n`
    const page = file('page.html')
    const { output } = await ran(['replay', lay('junk.log', lines), '--config', config, '--html', page])
    expect(output).toContain('Lines that were not understood: 4\n')
    expect(output).toContain(
      'The first of them:\n  line 1: junk\n  line 1832: ?[31mred\n  line 1833: <script>alert(1)</script>\n',
    )
    const html = readFileSync(page, 'utf8')
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toContain('\u001b')
    expect(html).not.toMatch(/<script|https?:|src=|url\(/)
  })

  it('notes that whole seconds judge short windows by their rounding', async () => {
    const { output } = await ran(['replay', log, '--config', config])
    expect(output).toContain('windows below 10s judge the rounding\nrather than the traffic: api.burst (2s).')
    const exact = exampleLog().replaceAll(' +0000]', '.250 +0000]')
    expect((await ran(['replay', lay('exact.log', exact), '--config', config])).output).not.toContain('rounding')
  })

  it('writes one page with the plots', async () => {
    const page = file('page.html')
    await ran(['replay', log, '--config', config, '--compare', other, '--html', page])
    const html = readFileSync(page, 'utf8')
    expect(html.match(/<svg /g)?.length).toBe(4 + 3)
    expect(html).toContain('A limit of 60 refuses at most 0.5% of the clients; it is 40 now.')
    expect(html).not.toMatch(/<script|https?:|src=|url\(/)
  })

  it('says that a limit cannot be varied, and goes on', async () => {
    const policy = { algorithm: 'sliding-log', limit: 10, window: '1m' }
    const odd = { algorithm: 'token-bucket', capacity: 50, refill: 1500, per: '1s' }
    const document = lay('odd.json', JSON.stringify({ limiters: { odd: { policy: odd }, api: { policy } } }))
    const { code, output } = await ran(['replay', log, '--config', document])
    expect(code).toBe(0)
    expect(output).toContain('No curve of odd.default: Expected `capacity` to be')
    expect(output).toContain('api.default needs a limit of')
  })

  it('shows progress on standard error, over one line of a terminal', async () => {
    const long = lay('long.log', exampleLog().repeat(6))
    const { errors } = await ran(['replay', long, '--config', config, '--limiter', 'login'], { hasErrorTerminal: true })
    expect(errors.startsWith('\rread 10,000 lines\u001b[K\r\u001b[K')).toBe(true)
    expect(errors).toMatch(/\rlogin: 10,\d{3} of 10,980 requests/)
    expect(errors.endsWith('\r\u001b[K')).toBe(true)
    expect((await ran(['replay', long, '--config', config])).errors).toBe('')
  })
})
