import { describe, expect, it } from 'vitest'
import { type FieldForm, limitFields } from './limit-fields.ts'
import type { DecisionNumbers, QuotaSource } from './quota.ts'
import { type RefusalOptions, refusal, refusalResponse } from './refusal.ts'

const api: QuotaSource = { name: 'api', policies: { default: { limit: 100, window: 60_000 } } }
const several: QuotaSource = {
  name: 'api',
  policies: { burst: { limit: 20, window: 2000 }, daily: { limit: 1000, window: 86_400_000 } },
}
const at = Date.UTC(2026, 10, 27)

const own = {
  allowed: true,
  limit: 100,
  remaining: 40,
  used: 60,
  cost: 1,
  retryAfterMs: 0,
  resetAfterMs: 36_000,
  delayMs: 0,
}
const admitted: DecisionNumbers = { ...own, policy: 'default', policies: { default: own }, source: 'store', at }
const refused = (numbers: Partial<DecisionNumbers>): DecisionNumbers => {
  const outcome = { ...own, allowed: false, remaining: 0, retryAfterMs: 1400, resetAfterMs: 59_001, ...numbers }
  return { ...admitted, ...outcome, policies: { default: outcome } }
}

describe('the fields of a decision', () => {
  it('are those of draft 11, unless told otherwise', () => {
    expect(limitFields(admitted, api)).toEqual({
      'RateLimit-Policy': '"api";q=100;w=60',
      RateLimit: '"api";r=40;t=24',
    })
  })

  it('list each policy of a limiter', () => {
    const burst = { ...own, limit: 20, allowed: false, remaining: 0, retryAfterMs: 100 }
    const daily = { ...own, limit: 1000, remaining: 500 }
    const decision = { ...admitted, ...burst, policy: 'burst', policies: { burst, daily } }
    expect(limitFields(decision, several)).toEqual({
      'RateLimit-Policy': '"burst";q=20;w=2, "daily";q=1000;w=86400',
      RateLimit: '"burst";r=0;t=1, "daily";r=500;t=43200',
    })
    expect(refusal(decision, several).problem['violated-policies']).toEqual(['burst'])
  })

  it('name a limiter only where it has one policy', () => {
    const policies = { default: { limit: 1, window: 1000 }, api: { limit: 2, window: 1000 } }
    const fields = limitFields(admitted, { name: 'api', policies })
    expect(fields['RateLimit-Policy']).toBe('"default";q=1;w=1, "api";q=2;w=1')
  })

  it.each<[FieldForm, Record<string, string>]>([
    ['draft-7', { 'RateLimit-Policy': '100;w=60', RateLimit: 'limit=100, remaining=40, reset=36' }],
    [
      'draft-6',
      {
        'RateLimit-Policy': '100;w=60',
        'RateLimit-Limit': '100',
        'RateLimit-Remaining': '40',
        'RateLimit-Reset': '36',
      },
    ],
    [
      'x-ratelimit',
      {
        'X-RateLimit-Limit': '100',
        'X-RateLimit-Remaining': '40',
        'X-RateLimit-Reset': String(at / 1000 + 36),
      },
    ],
  ])('are those of %s on request', (form, fields) => {
    expect(limitFields(admitted, api, [form])).toEqual(fields)
  })

  it('leave out the time where nothing is left and nobody knows when there is more', () => {
    const empty = { ...own, remaining: 0 }
    expect(limitFields({ ...admitted, ...empty, policies: { default: empty } }, api).RateLimit).toBe('"api";r=0')
  })

  it('offer no more until a retry than comes back meanwhile', () => {
    // A cost of 42 was asked for, and 40 are left: 2 come back in 1200 ms.
    expect(limitFields(refused({ remaining: 40, retryAfterMs: 1200 }), api).RateLimit).toBe('"api";r=3;t=2')
  })

  it.each(['open', 'closed'])('say nothing of what remains where nothing was counted: %s', (source) => {
    const decision = { ...admitted, source }
    expect(limitFields(decision, api)).toEqual({ 'RateLimit-Policy': '"api";q=100;w=60' })
    expect(limitFields(decision, api, ['x-ratelimit'])).toEqual({})
    expect(limitFields(decision, api, ['draft-7'])).toEqual({ 'RateLimit-Policy': '100;w=60' })
    expect(limitFields(decision, api, ['draft-6'])).toEqual({ 'RateLimit-Policy': '100;w=60' })
  })

  it('hold no number that a field cannot', () => {
    const huge: QuotaSource = { name: 'a', policies: { default: { limit: 2 ** 53 - 1, window: 1 } } }
    const all = { ...own, limit: 2 ** 53 - 1, remaining: 2 ** 53 - 1 }
    expect(limitFields({ ...admitted, ...all, policies: { default: all } }, huge)).toEqual({
      'RateLimit-Policy': '"a";q=999999999999999;w=1',
      RateLimit: '"a";r=999999999999999;t=1',
    })
  })

  it.each<[unknown, RegExp]>([
    [['draft-8'], /`fields` to be among draft-11, draft-7, draft-6, x-ratelimit, got "draft-8"/],
    [['toString'], /`fields` to be among/],
    [['draft-11', 'draft-6'], /one draft/],
    ['draft-11', /`fields` to be an array/],
  ])('refuse the forms %j', (forms, message) => {
    expect(() => limitFields(admitted, api, forms as FieldForm[])).toThrow(message)
  })
})

describe('a refusal', () => {
  it('is a 429 with a problem document, and says when to come back in whole seconds, rounded up', async () => {
    const response = refusalResponse(refused({}), api)
    expect(response.status).toBe(429)
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-expose-headers': 'RateLimit-Policy, RateLimit, Retry-After',
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
      ratelimit: '"api";r=0;t=2',
      'ratelimit-policy': '"api";q=100;w=60',
      'retry-after': '2',
    })
    expect(await response.json()).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Request cannot be satisfied as assigned quota has been exceeded',
      status: 429,
      'violated-policies': ['api'],
    })
  })

  it('is a 503 where the limiter refuses without its store', () => {
    const { status, headers, problem } = refusal(refused({ source: 'closed' }), api)
    expect([status, headers['Retry-After'], headers.RateLimit]).toEqual([503, '2', undefined])
    expect(problem.type).toBe('https://iana.org/assignments/http-problem-types#temporary-reduced-capacity')
    expect(problem).not.toHaveProperty('violated-policies')
  })

  it.each(['store', 'closed'])('is a 413 without Retry-After where the cost can never fit: %s', (source) => {
    const never = refused({ retryAfterMs: Number.POSITIVE_INFINITY, source })
    const { status, headers, problem } = refusal(never, api)
    expect([status, problem.status, problem.title]).toEqual([413, 413, 'Content Too Large'])
    expect(headers).not.toHaveProperty('Retry-After')
    expect(refusal(never, api, { neverStatus: 400 }).problem).toMatchObject({ status: 400, title: 'Bad Request' })
  })

  it('says nothing but when to come back, where no fields are wanted', () => {
    const { headers, problem } = refusal(refused({}), api, { fields: [] })
    expect(headers).toEqual({
      'Retry-After': '2',
      'Cache-Control': 'no-store',
      'Content-Type': 'application/problem+json',
      'Access-Control-Expose-Headers': 'Retry-After',
    })
    expect(problem).not.toHaveProperty('violated-policies')
  })

  it('tells nothing of policies in shadow mode', () => {
    const shadow = { allowed: false, retryAfterMs: 9000, delayMs: 0 }
    const watched = { ...own, shadow }
    const [burst, daily] = [
      { limit: 20, window: 2000 },
      { limit: 1000, window: 86_400_000 },
    ]
    const both = { name: 'api', policies: { burst, daily } }
    const decision = { ...admitted, ...own, policy: 'burst', policies: { burst: own, daily: watched }, shadow }
    const alone = { name: 'api', policies: { burst } }
    const forms = ['draft-11', 'x-ratelimit'] as const
    expect(limitFields(decision, both, forms)).toEqual(
      limitFields({ ...admitted, ...own, policy: 'burst', policies: { burst: own } }, alone, forms),
    )
    expect(limitFields({ ...decision, policies: { burst: watched, daily: watched } }, both, forms)).toEqual({})
    const refused = {
      ...decision,
      allowed: false,
      retryAfterMs: 1000,
      policies: { ...decision.policies, burst: { ...own, allowed: false, retryAfterMs: 1000 } },
    }
    expect(refusal(refused, both).problem['violated-policies']).toEqual(['burst'])
  })

  it('is not made of an admission', () => {
    expect(() => refusal(admitted, api)).toThrow('Expected the decision to be a refusal, got an admission')
  })

  it.each<[unknown, RegExp]>([
    [{ neverStatus: 429 }, /`neverStatus` to be 413 or 400, got 429/],
    [{ field: [] }, /`field`/],
  ])('refuses the options %j', (options, message) => {
    expect(() => refusal(refused({}), api, options as RefusalOptions)).toThrow(message)
  })
})
