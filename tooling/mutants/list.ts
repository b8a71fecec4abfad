// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code that is broken holds templates

/** The code, broken on purpose in one place. */
export interface Mutant {
  readonly name: string
  /** The law that must notice, or the test of something that no law can see. */
  readonly law: number | { readonly file: string; readonly title: string }
  readonly file: string
  /** Each text must stand in the file exactly once. */
  readonly edits: readonly (readonly [find: string, replacement: string])[]
}

const debt = 'packages/algorithms/token-bucket/src/debt.ts'
const debtLua = 'packages/algorithms/token-bucket/src/debt.lua.ts'
const leaky = 'packages/algorithms/leaky-bucket/src/leaky-bucket.ts'
const window = 'packages/algorithms/fixed-window/src/fixed-window.ts'
const windowLua = 'packages/algorithms/fixed-window/src/fixed-window.lua.ts'
const log = 'packages/algorithms/sliding-log/src/sliding-log.ts'
const logLua = 'packages/algorithms/sliding-log/src/sliding-log.lua.ts'
const gate = 'packages/core/src/deciding-gate.ts'
const counter = 'packages/core/src/counter.ts'
const entries = 'packages/core/src/memory/entries.ts'
const mapRows = 'packages/core/src/memory/map-rows.ts'
const compactRows = 'packages/stores/compact/src/compact-rows.ts'
const slotIndex = 'packages/stores/compact/src/slot-index.ts'
const keyHash = 'packages/stores/compact/src/key-hash.ts'
const rounds = 'packages/core/src/memory/rounds.ts'
const decision = 'packages/core/src/decision.ts'
const decideLua = 'packages/redis-script/src/script/decide-lua.ts'
const loneScript = 'packages/redis-script/src/script/lone-script.ts'
const batchScript = 'packages/redis-script/src/script/batch-script.ts'
const refundLua = 'packages/redis-script/src/script/refund-lua.ts'
const clockLua = 'packages/redis-script/src/script/clock-lua.ts'
const storedKey = 'packages/redis-script/src/stored-key.ts'
const scriptStore = 'packages/redis-script/src/script-store.ts'
const session = 'packages/redis-script/src/session.ts'
const queue = 'packages/redis-script/src/flight/queue.ts'
const flights = 'packages/redis-script/src/flight/flight.property.test.ts'
const stores = 'packages/redis-script/src/script-store.test.ts'
const callers = 'packages/redis-script/src/flight/caller.ts'
const flight = 'packages/redis-script/src/flight/flight.ts'
const exchange = 'packages/redis-script/src/flight/exchange.ts'
const runScript = 'packages/redis-script/src/flight/run-script.ts'
const link = 'packages/redis-script/src/server/link.ts'
const outages = 'packages/redis-script/src/server/outages.ts'
const errorAnswer = 'packages/redis-script/src/server/error-answer.ts'
const serverErrors = 'packages/redis-script/src/server/server-errors.test.ts'
const serverClocks = 'packages/redis-script/src/server/server-clock.property.test.ts'
const neighbours = 'packages/redis-script/src/neighbours.property.test.ts'
const serverClock = 'packages/redis-script/src/server/server-clock.ts'
const breaker = 'packages/redis-script/src/server/breaker.ts'
const deadlines = 'packages/redis-script/src/flight/deadlines.ts'
const weigh = 'packages/redis-script/src/flight/weigh.ts'
const partition = 'packages/redis-script/src/flight/partition.ts'
const spellBatch = 'packages/redis-script/src/wire/spell-batch.ts'
const readReply = 'packages/redis-script/src/wire/read-reply.ts'
const views = 'packages/redis-script/src/wire/views.ts'
const assemble = 'packages/redis-script/src/script/assemble.ts'
const wires = 'packages/redis-script/src/wire/wire.property.test.ts'
const fallback = 'packages/core/src/fallback.ts'
const share = 'packages/core/src/share.ts'
const accessClient = 'packages/simulation/src/access-client.ts'
const clientAddress = 'packages/simulation/src/client-address.ts'
const logLines = 'packages/simulation/src/log-lines.ts'
const replay = 'packages/simulation/src/replay.ts'
const accessLines = 'packages/simulation/src/access-line.property.test.ts'
const lineTests = 'packages/simulation/src/log-lines.test.ts'
const comparisons = 'apps/demo/page/comparisons.js'
const comparisonTests = 'apps/demo/src/page-comparisons.test.ts'
const requests = 'packages/core/src/requests.ts'
const limiterFile = 'packages/core/src/limiter.ts'
const rowNumbers = 'packages/core/src/memory/row-numbers.ts'
const entriesTest = 'tests/core/entries.property.test.ts'
const memoryStores = 'tests/core/memory-store.test.ts'
const slotTests = 'packages/stores/compact/src/slot-index.test.ts'
const hashTests = 'packages/stores/compact/src/key-hash.test.ts'

const one = (name: string, law: Mutant['law'], file: string, find: string, replacement: string): Mutant => {
  return { name, law, file, edits: [[find, replacement]] }
}

/** At least one for each law, most of them in both spellings. */
export const mutants: readonly Mutant[] = [
  one(
    'a bucket drains twice as fast',
    1,
    debt,
    'reading.used + (date - now) * rate',
    'reading.used + 2 * (date - now) * rate',
  ),
  one('a bucket drains twice as fast', 1, debtLua, 'debt + (date - now) * rate', 'debt + 2 * (date - now) * rate'),
  one(
    'a log forgets an entry a ms early',
    1,
    log,
    'firstWhere(log.whens, log.first, horizon)',
    'firstWhere(log.whens, log.first, horizon + 1)',
  ),
  one('a window starts anew with every request', 1, windowLua, 'if stored_end <= now then', 'if stored_end > 0 then'),
  one(
    'what is charged is not written',
    1,
    batchScript,
    "times > 0 then\n      ${policy.variable('changed')} = true",
    'times > 0 then',
  ),
  one(
    'the wait of a bucket is rounded down',
    2,
    debt,
    'mark - now + Math.ceil((cost * unit',
    'mark - now + Math.floor((cost * unit',
  ),
  one(
    'the wait of a log is a ms short',
    2,
    log,
    '(log.whens[leaving] as number) + window - now',
    '(log.whens[leaving] as number) + window - now - 1',
  ),
  one('the wait of a log is a ms long', 2, logLua, 'base + date + window - now', 'base + date + window - now + 1'),
  one(
    'a refusal is charged',
    3,
    gate,
    'if (cost === 0 || !(admitted || step.reading.stale)) return\n  if (admitted) charge',
    'if (cost === 0) return\n  charge',
  ),
  one(
    'a refusal is charged',
    3,
    loneScript,
    'if ${policy.charge} > 0 and (admitted or ${policy.stale}) then\n      if admitted then',
    'if ${policy.charge} > 0 then\n      if ${policy.charge} > 0 then',
  ),
  one(
    'a refusal writes what was there',
    3,
    loneScript,
    '(admitted or ${policy.stale})',
    '(admitted or ${policy.used} > 0)',
  ),
  one(
    'a cost above the quota may come back later',
    4,
    decision,
    'cost > policy.limit ? Number.POSITIVE_INFINITY',
    'cost > policy.limit ? policy.limit',
  ),
  one(
    'whatever is left is enough',
    5,
    counter,
    'cost * policy.unit <= policy.ceiling - used',
    'policy.ceiling - used > 0',
  ),
  one(
    'whatever is left is enough',
    5,
    decideLua,
    '`(${charge} == 0 or ${charge} <= ${ceiling} - ${used})`',
    '`(${charge} == 0 or ${ceiling} - ${used} > 0)`',
  ),
  one('peek consumes', 6, gate, "ask.mode === 'consume'", "ask.mode === 'consume' || ask.mode === 'peek'"),
  {
    name: 'peek consumes',
    law: 6,
    file: batchScript,
    edits: [
      ['full = mode == 0, 0', 'full = mode <= 1, 0'],
      ['if mode == 0 then', 'if mode <= 1 then'],
    ],
  },
  one(
    'peek shows what would be left',
    6,
    decision,
    "outcome === 'consume' ? cost",
    "outcome === 'consume' || outcome === 'peek' ? cost",
  ),
  {
    name: 'a refund takes the oldest entry',
    law: 7,
    file: log,
    edits: [
      ['const total = spent + used', 'const total = spent + Math.max(used, loaded)'],
      ['log.spent = spent', 'log.spent = spent + Math.max(0, loaded - used)'],
      ['if (used < loaded) {', 'if (used < 0) {'],
    ],
  },
  one('a refund goes past the full quota', 7, gate, 'if (reading.used > 0) {', 'if (reading.used !== 0) {'),
  one('a refund forgets all', 7, refundLua, '${left} = ${used} - ${charge}', '${left} = 0'),
  one(
    'a key has no expiry',
    8,
    decideLua,
    "redis.call('SET', ${key}, value, expiry_option, string.format('%d', expires + expiry_base))",
    "redis.call('SET', ${key}, value)",
  ),
  one(
    'an expiry is a second short',
    8,
    clockLua,
    "'PX', 'PEXPIRE', ${injectedClockGraceMs} - now",
    "'PX', 'PEXPIRE', ${injectedClockGraceMs} - now - 1000",
  ),
  one(
    'an expiry is rounded down',
    8,
    debt,
    'Math.ceil(reading.used / rate), lastDate)',
    'Math.floor(reading.used / rate), lastDate)',
  ),
  one(
    'an expiry on the clock of the server is a ms short',
    8,
    clockLua,
    "'PXAT', 'PEXPIREAT', 0",
    "'PXAT', 'PEXPIREAT', -1",
  ),
  one(
    'the key of a re-dated log lives as long as before',
    8,
    logLua,
    'expires_at - (stored - newest), 0',
    'expires_at - (stored - newest), key_expires_at',
  ),
  one(
    'the key of a re-dated debt lives as long as before',
    8,
    debtLua,
    'expires_at - (date - now), 0, now',
    'expires_at - (date - now), key_expires_at, now',
  ),
  one('a re-dated log lives as long as before', 8, log, 'reading.expiresAt -= stored - newest', ''),
  one('a re-dated debt lives as long as before', 8, debt, 'reading.expiresAt -= date - now', ''),
  one(
    'state ahead of the clock is never re-dated',
    9,
    debt,
    'date - now > Math.ceil(ceiling / rate)',
    'date - now > 2 ** 53',
  ),
  one(
    'an expiry is not moved',
    8,
    decideLua,
    'if expires ~= ${keyExpiresAt} then',
    'if expires < ${keyExpiresAt} then',
  ),
  one(
    'state ahead of the clock is never re-dated',
    9,
    logLua,
    'local redated = stored - now > window',
    'local redated = stored - now > 2 ^ 53',
  ),
  one(
    'a window far ahead is forgotten',
    9,
    window,
    'reading.stale = ends !== storedEnd',
    'reading.stale = ends !== storedEnd\n  if (ends < storedEnd) reading.used = 0',
  ),
  one(
    'time that went back is credited',
    9,
    debtLua,
    '  local mark = math.min(date',
    '  used = used - math.max(0, ahead) * rate\n  local mark = math.min(date',
  ),
  one('a refusal does not store what it re-dated', 10, gate, '(admitted || step.reading.stale)', 'admitted'),
  one('a debt in new credits is rounded down', 10, debt, '(remainder > 0 ? 1 : 0)', '0'),
  one('a debt in new credits is rounded down', 10, debtLua, 'remainder > 0 and 1 or 0', '0'),
  one('a longer window does not move the end out', 10, windowLua, 'if window > length then', 'if window < 0 then'),
  one(
    'a debt is clamped to the new capacity',
    10,
    debt,
    'const used = reading.used +',
    'const used = Math.min(reading.used, ceiling) +',
  ),
  one(
    'only a window that is a multiple moves the end out',
    10,
    window,
    'if (window > length) {',
    'if (window > length && window % length === 0) {',
  ),
  one(
    'only a window that is a multiple moves the end out',
    10,
    windowLua,
    'if window > length then',
    'if window > length and window % length == 0 then',
  ),
  one('a debt past 2^53 is as if it were 2^53', 10, debt, 'after: Math.max(0, ms - within)', 'after: 0'),
  one('a debt past 2^53 is as if it were 2^53', 10, debtLua, 'math.max(0, ms - within)', '0'),
  one(
    'a debt that is charged expires as these options would have it',
    12,
    debt,
    'Math.max(reading.expiresAt, ends)',
    'ends',
  ),
  one(
    'a debt that is charged expires as these options would have it',
    12,
    debtLua,
    'if expires_at < ends then',
    'if expires_at ~= ends then',
  ),
  one(
    'a log that is charged expires as this window would have it',
    12,
    log,
    'Math.max(reading.expiresAt, reading.mark + window)',
    'reading.mark + window',
  ),
  one('a log that is charged expires as this window would have it', 12, logLua, 'math.max(expires_at, ends)', 'ends'),
  one(
    'dates before 1970 are not read',
    10,
    log,
    'if (when <= horizon && reading.expiresAt',
    'if (base + (log.whens[0] as number) < 0 || when <= horizon && reading.expiresAt',
  ),
  one(
    'the clock of the server is read to 2 ms',
    10,
    clockLua,
    'local now = time[1] * 1000 + (ms - ms % 1)',
    'local now = time[1] * 1000 + (ms - ms % 2)',
  ),
  one(
    'a large number is left to the client to read',
    { file: 'packages/redis-script/src/script-store.test.ts', title: 'are stored and told exactly' },
    batchScript,
    "${found} > 2 ^ 52 and string.format('%d', ${found}) or ${found}",
    '${found}',
  ),
  one(
    'who admits is charged although another refuses',
    11,
    gate,
    '!(admitted || step.reading.stale)) return\n  if (admitted) charge',
    '!fits(step.policy, step.reading.used, cost)) return\n  charge',
  ),
  one('the last policy decides for all', 11, batchScript, 'admitted = admitted and ${', 'admitted = ${'),
  one(
    'every policy of a limiter is taken to tell a wait',
    11,
    views,
    'wait = numbers[waits] as number',
    'wait = numbers[offset + perPolicy * policies.length + i] as number',
  ),
  one('the shortest wait binds', 11, decision, ': -own.retryAfterMs', ': own.retryAfterMs'),
  one('a debt is taken over in old credits', 12, debt, 'if (scale !== unit) ({', 'if (scale === 0) ({'),
  one('a debt is taken over in old credits', 12, debtLua, 'if scale ~= unit then', 'if scale == 0 then'),
  one(
    'a count is forgotten when the window gets shorter',
    12,
    window,
    'if (used === 0) {',
    'if (used === 0 || reading.scale > window) {\n    reading.used = 0',
  ),
  one('a shorter window lets go of what a longer one holds', 12, log, 'used > loaded && !isHeld', 'used > loaded'),
  one(
    'a shorter window lets go of what a longer one holds',
    12,
    logLua,
    '(used <= loaded or is_held)',
    'used <= loaded',
  ),
  one(
    'a shorter window forgets what a longer one holds',
    10,
    log,
    'when <= horizon && reading.expiresAt <= now + window',
    'when <= horizon',
  ),
  one(
    'a shorter window forgets what a longer one holds',
    10,
    logLua,
    'when <= horizon and expires_at <= now + window',
    'when <= horizon',
  ),
  one(
    'a refusal saves a debt as it was converted',
    10,
    debt,
    'if (reading.used !== loaded && after === 0) return',
    'if (after === 0) return',
  ),
  one(
    'a refusal saves a debt as it was converted',
    12,
    debtLua,
    'if used == extra[5] or extra[6] > 0 then',
    'if used < 0 then',
  ),
  one('lone surrogates are left to UTF-8', 13, storedKey, '.replace(/\\p{Surrogate}/gu, escapeSurrogate)', ''),
  one('an escape may be mistaken for a key', 13, storedKey, ".replace(/%/g, '%25')", ''),
  one(
    'nobody is told to wait',
    14,
    leaky,
    'policy.resetAfter(used, mark, now)',
    'policy.resetAfter(used, mark, now) * 0',
  ),
  one(
    'turns come twice as fast as the rate says',
    14,
    debt,
    'mark - now + Math.ceil(used / rate),',
    'mark - now + Math.ceil(used / rate / 2),',
  ),
  one('a state of the last date of all is foreign', 17, debtLua, 'at < 2 ^ 53', 'at < 2 ^ 52'),
  one('dates before 1970 are foreign', 17, logLua, 'base + oldest >= -2 ^ 50', 'base + oldest >= 0'),
  one('a state with more behind it is one', 17, windowLua, 'if #stored ~= 24 then', 'if #stored < 24 then'),
  one('a state with more behind it is one', 17, debtLua, 'if #stored ~= 40 then', 'if #stored < 40 then'),
  one(
    'a state of the last date of all is none',
    17,
    debt,
    'if (reading.used === 0)',
    'if (reading.used === 0 || date >= 2 ** 52)',
  ),
  one(
    'a log keeps a run too many when it is tidied up',
    10,
    logLua,
    "string.format('%d', 16 * first)",
    "string.format('%d', 16 * (first - 1))",
  ),
  {
    name: 'the clock of the app is used',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'is that of the server' },
    file: session,
    edits: [
      ["clock === undefined ? 'server' : 'injected'", "'injected'"],
      ['clock === undefined ? undefined : readClock', 'clock === undefined ? Date.now() : readClock'],
    ],
  },
  one(
    'a server that does not know the script is an error',
    { file: 'packages/redis-script/src/round-trip.test.ts', title: 'a server that has forgotten' },
    errorAnswer,
    "again: 'with source'",
    "again: 'by slot'",
  ),
  one(
    'who has come to the deadline while waiting is sent',
    { file: flights, title: 'does not send who came to the end' },
    queue,
    'caller.ended === undefined && caller.due > now',
    'caller.ended === undefined',
  ),
  one(
    'who has left while waiting is sent',
    { file: flights, title: 'does not send who left' },
    queue,
    'caller.ended === undefined && caller.due > now',
    'caller.due > now',
  ),
  one(
    'a batch that nobody waits for holds up the next',
    { file: flights, title: 'frees the way' },
    callers,
    '  batch.abandoned(ending.how, ending.why)',
    '',
  ),
  one(
    'what a moved clock made late is not sent again',
    { file: flights, title: 'is sent again, once' },
    flight,
    "whenLate === 'send again' && caller.ended === undefined",
    "whenLate !== 'send again' && caller.ended === undefined",
  ),
  one(
    'a caller gets the outcomes of the one before',
    { file: flights, title: 'reach their own callers' },
    flight,
    'from += caller.requests.length',
    'from += caller.requests.length - 1',
  ),
  one(
    'a deadline is dated by the middle of the round trip',
    { file: serverClocks, title: 'never dates later' },
    serverClock,
    'const least = now - received',
    'const least = now - (sent + received) / 2',
  ),
  one(
    'a clock that was set back goes unnoticed',
    { file: serverClocks, title: 'set forward or back' },
    serverClock,
    ' || now + 1 - sent <= ahead',
    '',
  ),
  one(
    'a silent server is asked on and on',
    { file: flights, title: 'leaves the server alone' },
    breaker,
    'isClosed(own) || now >= own.retryAt',
    'now >= 0',
  ),
  one(
    'a busy process takes itself for a silent server',
    { file: 'packages/redis-script/src/flight/deadlines.test.ts', title: 'read first what came in' },
    deadlines,
    'if (monotonicNow() - due > heldUpMs) afterInput(act)\n  else act()',
    'act()',
  ),
  one(
    'what was held up while the clock was set back is executed by itself',
    { file: wires, title: 'begins when it was made' },
    loneScript,
    'if ${isVoid} then',
    'if now > deadline then',
  ),
  one(
    'what was held up while the clock was set back is executed in a batch',
    { file: wires, title: 'begins when it was made' },
    batchScript,
    'local late = ${isVoid}',
    'local late = now > deadline',
  ),
  one(
    'no request says when it was made',
    { file: stores, title: 'seems to come before it was made' },
    session,
    'deadline: patience, keysOf',
    'deadline: Number.POSITIVE_INFINITY, keysOf',
  ),
  one(
    'a reply at the edge of what is known of the clock teaches nothing',
    { file: serverClocks, title: 'void twice' },
    serverClock,
    'now + 1 - sent <= ahead',
    'now + 1 - sent < ahead',
  ),
  one(
    'a refund that is sent again is given again',
    { file: 'packages/redis-script/src/refund.property.test.ts', title: 'is given once' },
    refundLua,
    'fresh = added == 1',
    'fresh = added ~= nil',
  ),
  one(
    'a refund that shares a script with another is lost',
    { file: stores, title: 'gives all refunds of a script' },
    refundLua,
    'if fresh == nil then',
    'if gives then',
  ),
  one(
    'a receipt is kept for a shorter time than its state',
    { file: stores, title: 'forgets no sooner' },
    refundLua,
    'keeps = math.max(keeps, ${expires})',
    'keeps = math.max(keeps, 0)',
  ),
  one(
    'a refund shortens the receipts of others',
    { file: stores, title: 'does not shorten' },
    refundLua,
    "if redis.call('PTTL', key) < (receipts_last or keeps - now) then",
    "if redis.call('PTTL', key) < 2 ^ 53 then",
  ),
  one(
    'receipts are never tidied up',
    { file: stores, title: 'once another comes' },
    refundLua,
    "redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%d', now))",
    '',
  ),
  one(
    'a decision waits for a reply while few are in flight',
    { file: flights, title: 'nobody waits' },
    queue,
    '  if (queue.requestsInFlight < mostUnmerged) sendAtEndOfTurn(queue)\n  wait',
    '  wait',
  ),
  one(
    'those who waited go on waiting when few are left in flight',
    { file: flights, title: 'once few requests are left' },
    queue,
    'if (queue.waiting.length > 0 && queue.requestsInFlight < mostUnmerged) sendAtEndOfTurn(queue)',
    '',
  ),
  one(
    'the parts of a large batch wait for each other',
    { file: stores, title: 'is one round trip' },
    session,
    'decide(session, part, signal, pushAtOnce)',
    'decide(session, part, signal, push)',
  ),
  one(
    'a log is as little work as a bucket',
    { file: stores, title: 'the work of 512 buckets' },
    weigh,
    'policy.weigh?.(mode) ?? ofBucket(mode)',
    'ofBucket(mode)',
  ),
  one(
    'requests are counted, not weighed, when they are sent',
    { file: stores, title: 'the work of 512 buckets' },
    session,
    'work: weigh(first)',
    'work: 1',
  ),
  one(
    'requests are counted, not weighed, when they are parted',
    { file: 'packages/redis-script/src/flight/partition.test.ts', title: 'never more work' },
    partition,
    'const next = weigh(request)',
    'const next = 1',
  ),
  one(
    'a script tidies up all logs at once',
    { file: 'packages/redis-script/src/round-trip.test.ts', title: 'a few logs at most' },
    logLua,
    'moved < 2 ^ 18',
    'moved < 2 ^ 53',
  ),
  one(
    'a log that is put off is never tidied up',
    { file: 'packages/redis-script/src/round-trip.test.ts', title: 'a few logs at most' },
    logLua,
    'and (moved < 2 ^ 18 or first > 4 * live + 256)',
    'and moved < 0',
  ),
  one(
    'limiters of other parameters share a script by mistake',
    { file: 'packages/redis-script/src/script/assemble.test.ts', title: 'whatever their text does' },
    assemble,
    'parameters.length,',
    '0,',
  ),
  one(
    'each limiter has the text of its scripts to itself',
    { file: 'packages/redis-script/src/script/assemble.test.ts', title: 'are shared by all limiters' },
    assemble,
    'if (known !== undefined) return known',
    '',
  ),
  one(
    'a long key is cut off',
    { file: 'packages/redis-script/src/stored-key.property.test.ts', title: 'long ones too' },
    storedKey,
    ".update(escaped).digest('base64url')",
    ".update(escaped.slice(0, 200)).digest('base64url')",
  ),
  one(
    'a long key is hashed before it is escaped',
    { file: 'packages/redis-script/src/stored-key.property.test.ts', title: 'long ones too' },
    storedKey,
    '.update(escaped)',
    '.update(key)',
  ),
  one(
    'a hash may be mistaken for a key',
    { file: 'packages/redis-script/src/stored-key.property.test.ts', title: 'long ones too' },
    storedKey,
    '`%#${createHash',
    '`#${createHash',
  ),
  one(
    'a reply may say more than was asked',
    { file: 'packages/redis-script/src/wire/wire.test.ts', title: 'that is not of the script' },
    readReply,
    'expectReply(offset === numbers.length, reply)',
    '',
  ),
  one(
    'a run is told as the one before, whatever its deadline',
    { file: 'packages/redis-script/src/wire/wire.test.ts', title: 'only where they differ' },
    spellBatch,
    'if (deadlines[first] !== deadlines[second]) return false',
    '',
  ),
  one('a batch tells of no wait', 10, batchScript, 'full = full or ${policy.pause} > 0', ''),
  one(
    'who aborts makes room while the command is under way',
    { file: stores, title: 'does not make room' },
    callers,
    'if (caller.batch === undefined) unsent(caller)\n    else leave',
    'unsent(caller)\n    if (caller.batch !== undefined) leave',
  ),
  one(
    'a signal is not told to the store',
    { file: stores, title: 'lets its caller go' },
    limiterFile,
    'gate.apply([request], signal)',
    'gate.apply([request])',
  ),
  one(
    'a signal is listened to for ever',
    { file: stores, title: 'lets its caller go' },
    callers,
    'caller.stopListening?.()',
    '',
  ),
  one(
    'all nodes of a Cluster are one server',
    { file: stores, title: 'is left alone by itself' },
    scriptStore,
    "cluster?.serverOf(slot) ?? ''",
    "''",
  ),
  one(
    'a slot that moves is not tried again',
    { file: stores, title: 'what was not executed is tried again' },
    runScript,
    "again === 'after a pause' && tries > 0",
    "again === 'after a pause' && tries < 0",
  ),
  one(
    'a slot that moves is a fault of its server',
    { file: flights, title: 'on one slot alone is not down' },
    link,
    "if (of === 'slot') {",
    'if (why === sent) {',
  ),
  one(
    'a command that is rejected is no failure',
    { file: flights, title: 'five times is down' },
    flight,
    'failed(sent, why, flight.answerTo(why))',
    'replied(sent)',
  ),
  one(
    'a late answer makes all good',
    { file: flights, title: 'is not made good by a late answer' },
    link,
    "if (state === 'missed') link.breaker.repliedLate()",
    "if (state === 'answered') link.breaker.repliedLate()",
  ),
  one(
    'a command that is missed, and then rejected, has failed twice',
    { file: flights, title: 'is missed once' },
    breaker,
    'if (request >= own.firstAfterFailure) fails(',
    'fails(',
  ),
  one(
    'a deadline that one limiter misses is held against the server',
    { file: neighbours, title: 'change neither the decisions' },
    link,
    'link.breaker.missed(monotonicNow(), atLink,',
    'link.server.breaker.missed(monotonicNow(), atServer,',
  ),
  one(
    'an error of one limiter is held against the server',
    { file: serverErrors, title: 'takes nobody down' },
    link,
    "if (of === 'server') {",
    'if (of !== undefined) {',
  ),
  {
    name: 'what is pending of one limiter counts for all',
    law: { file: neighbours, title: 'change neither the decisions' },
    file: session,
    edits: [
      ['/** What all limiters of a store share. */', 'let ofAll = 0'],
      ['own.pending -= requests.length', 'ofAll -= requests.length'],
      ['session.pending + count > maxPending', 'ofAll + count > maxPending'],
      ['session.pending += count', 'ofAll += count'],
    ],
  },
  one(
    'one reset is as many failures as there were batches in flight',
    { file: neighbours, title: 'leave the store open' },
    breaker,
    'if (request >= own.firstAfterFailure) fails(',
    'fails(',
  ),
  one(
    'a deadline that is missed uses up the trial of the server',
    { file: neighbours, title: 'do not use up the trials' },
    link,
    "sent.state = 'missed'\n  link.server.breaker.ended(atServer)",
    "sent.state = 'missed'",
  ),
  one(
    'each limiter tries a dead connection by itself',
    { file: neighbours, title: 'leave a connection that answers nobody alone' },
    'packages/redis-script/src/server/trials.ts',
    'first === undefined || now - first < silentMs || now - last >= quietMs',
    'now >= 0',
  ),
  one(
    'what is learnt of the server is told to nobody',
    { file: neighbours, title: 'share what is learnt' },
    link,
    "link.server.breaker[counts === 'each' ? 'refused' : 'failed'](monotonicNow(), atServer, cause)",
    'link.breaker.failed(monotonicNow(), atLink, cause)',
  ),
  one(
    'what a server refuses together counts once',
    { file: serverErrors, title: 'refused together' },
    link,
    "counts === 'each' ? 'refused' : 'failed'",
    "counts === 'each' ? 'failed' : 'failed'",
  ),
  one(
    'keys of several slots are refused for ever',
    { file: neighbours, title: 'decides all that any limiter asks' },
    errorAnswer,
    "again: 'by slot'",
    "again: 'with source'",
  ),
  one(
    'a store does not remember that it is on a Cluster',
    { file: serverErrors, title: 'and tells once that it is a Cluster' },
    session,
    'if (parts.length > 1) shared.isBySlot = true',
    '',
  ),
  one(
    'all wait for a clock that one key cannot read',
    { file: 'tests/cluster/cluster.test.ts', title: 'is answered on the keys of that node' },
    exchange,
    "answerTo(why).of === 'slot' ? probeClock(transport, link, key) : Promise.reject(why)",
    'Promise.reject(why)',
  ),
  one(
    'a timer that is a number is asked for more',
    { file: 'packages/redis-script/src/timers.test.ts', title: 'decisions are made over' },
    'packages/redis-script/src/timers.ts',
    'own?.unref?.()',
    'own?.unref()',
  ),
  one(
    'a runtime must have setImmediate',
    { file: 'packages/redis-script/src/timers.test.ts', title: 'settle by their deadlines' },
    'packages/redis-script/src/timers.ts',
    "if (typeof setImmediate === 'function') setImmediate(act)\n  else setTimeout(act, 0)",
    'setImmediate(act)',
  ),
  one(
    'a clock that stands still keeps a deadline from coming',
    { file: 'packages/redis-script/src/timers.test.ts', title: 'settle by their deadlines' },
    deadlines,
    'Math.max(monotonicNow(), due)',
    'monotonicNow()',
  ),
  one(
    'what Sentinels lost the reply to is sent again',
    { file: 'packages/stores/redis/src/redis-store.test.ts', title: 'of Sentinels sends nothing again' },
    'packages/stores/redis/src/sentinel.ts',
    '    sent.abort()\n',
    '',
  ),
  one(
    'what a client says of itself is held against one limiter',
    { file: 'packages/redis-script/src/server/error-answer.test.ts', title: 'is asked of the client' },
    errorAnswer,
    ' ?? ofClient(error)',
    '',
  ),
  one(
    'nobody is warned of a client whose errors nobody hears',
    { file: 'packages/stores/redis/src/redis-store.test.ts', title: 'whose errors nobody hears' },
    'packages/redis-script/src/warn-unheard.ts',
    "if (client.listenerCount?.('error') !== 0) return",
    'if (client.listenerCount) return',
  ),
  one(
    'who left while the clock was read is sent',
    { file: flights, title: 'is not missed by who left' },
    flight,
    'callers.filter(({ ended }) => ended === undefined)',
    'callers.filter(() => true)',
  ),
  one(
    'a server is up again that nobody can name',
    { file: flights, title: 'not when nobody knows who does' },
    outages,
    '!now.server.clock.known || causeOf(now)',
    'causeOf(now)',
  ),
  one(
    'what is given back in an outage is given back here',
    { file: 'tests/core/fallback.test.ts', title: 'nothing is given back' },
    fallback,
    "ask.mode === 'refund' ?",
    'ask.mode.length < 0 ?',
  ),
  one(
    'a share of the quota is all of it',
    { file: 'tests/core/fallback.test.ts', title: 'each of 4 processes' },
    share,
    'unit: policy.unit * weight',
    'unit: policy.unit',
  ),
  one(
    'what is removed is still found in its map',
    { file: entriesTest, title: 'are what a Map would hold' },
    mapRows,
    'tables[row & mask]?.rows.delete(keys[row & mask] as string)',
    '',
  ),
  one(
    'a free row is given out twice',
    { file: entriesTest, title: 'are what a Map would hold' },
    rowNumbers,
    'free.pop()',
    'free.at(-1)',
  ),
  one(
    'a state is written into the row of its neighbour',
    { file: entriesTest, title: 'are what a Map would hold' },
    mapRows,
    'const columns = 8',
    'const columns = 6',
  ),
  one(
    'all states have the scale of the first',
    { file: entriesTest, title: 'are what a Map would hold' },
    compactRows,
    'if (number !== last) {',
    'if (Number.isNaN(last)) {',
  ),
  one(
    'a table keeps a number that is given to another',
    { file: entriesTest, title: 'are what a Map would hold' },
    compactRows,
    'released.push(table.id)\n      table.id = 0',
    'released.push(table.id)',
  ),
  one(
    'a compact row counts as its key alone',
    { file: entriesTest, title: 'are what a Map would hold' },
    compactRows,
    'chunk.sizes[row & mask] = bytes',
    '',
  ),
  one(
    'what is removed leaves a gap in the slots',
    { file: slotTests, title: 'finds what was added' },
    slotIndex,
    'slots[gap] = slots[slot] as number\n        gap = slot',
    'void slot',
  ),
  one(
    'a row that belongs into a gap does not move up',
    { file: slotTests, title: 'finds what was added' },
    slotIndex,
    'distance(wanted, slot) < distance(gap, slot)',
    'distance(wanted, slot) <= distance(gap, slot)',
  ),
  one(
    'slots do not go on at the first after the last',
    { file: slotTests, title: 'finds what was added' },
    slotIndex,
    'to < from ? to - from + slots.length : to - from',
    'to - from',
  ),
  one(
    'a NUL at the end of a key leaves its hash as it is',
    { file: hashTests, title: 'tells apart' },
    keyHash,
    'key.charCodeAt(i) + 1',
    'key.charCodeAt(i)',
  ),
  one(
    'a longer key changes the hashes of all others',
    { file: hashTests, title: 'is the same for the same key' },
    keyHash,
    'more.set(factors)',
    '',
  ),
  one(
    'too few are protected',
    { file: entriesTest, title: 'that were touched last' },
    rounds,
    'Math.floor(maxKeys / 2)',
    'Math.floor(maxKeys / 3)',
  ),
  one(
    'too few bytes are protected',
    { file: entriesTest, title: 'that were touched last' },
    rounds,
    'all.bytes - bytes < maxBytes / 2',
    'all.bytes - bytes < maxBytes / 3',
  ),
  one(
    'what was touched again is counted twice',
    { file: entriesTest, title: 'that were touched last' },
    entries,
    'rounds.leave(stamp, rows.bytes(row))\n',
    '\n',
  ),
  one(
    'a touch leaves an entry as old as it was',
    { file: entriesTest, title: 'that were touched last' },
    entries,
    'stamp === rounds.current()',
    'stamp === rows.stamp(row)',
  ),
  one(
    'an entry is added to a store that is half empty without it',
    { file: entriesTest, title: 'that fill a store from its half on' },
    entries,
    'isHalfEmpty() ? untouched : makeRoomFor(own, now)',
    'size - 1 <= maxKeys / 2 && bytes - own <= maxBytes / 2 ? untouched : makeRoomFor(own, now)',
  ),
  one(
    'what shrinks is touched',
    { file: entriesTest, title: 'that were touched last' },
    entries,
    'if (own <= before) return',
    'if (own === before) return',
  ),
  one(
    'what shrinks takes up its round as before',
    { file: entriesTest, title: 'that shrink take up no more' },
    entries,
    'rounds.shrink(rows.stamp(row), before - own)',
    'void own',
  ),
  one(
    'what grows stays as old as it was',
    { file: entriesTest, title: 'that were touched last' },
    entries,
    'rows.setStamp(row, rounds.touch(own))\n      makeRoom',
    'rounds.touch(own)\n      makeRoom',
  ),
  one(
    'a round holds whatever comes',
    { file: entriesTest, title: 'make room, where they are few' },
    rounds,
    'if (isFull(bytes)) open()',
    '',
  ),
  one(
    'any entry makes room, used up or not',
    { file: entriesTest, title: 'make room, where they are few' },
    entries,
    'if (harm >= least) continue',
    'if (found !== none) continue',
  ),
  one(
    'of many, the first that is found makes room',
    { file: entriesTest, title: 'make room, where they are many' },
    entries,
    'seen < candidates',
    'seen < 1',
  ),
  one(
    'what has expired is looked at once',
    { file: entriesTest, title: 'that have expired are swept' },
    entries,
    'swept = after(swept)',
    'swept = Math.min(swept + 1, rows.end() - 1)',
  ),
  one('only the newest round is protected', 16, rounds, 'rounds.has(stamp)', 'stamp === round'),
  one(
    'a store that cannot hold a decision twice is taken',
    { file: memoryStores, title: 'is refused by a limiter of' },
    'packages/core/src/memory/bounded-store.ts',
    'maxKeys < 2 * all.length',
    'maxKeys < all.length',
  ),
  one(
    'each copy of core knows its own errors alone',
    { file: 'packages/core/src/errors.test.ts', title: "recognise each other's errors" },
    'packages/core/src/errors.ts',
    "const kind = Symbol.for('sluice.error')",
    "const kind = Symbol('sluice.error')",
  ),
  one(
    'of the calls that share a signal, one leaves when it fires',
    { file: stores, title: 'has one listener of a signal' },
    'packages/redis-script/src/flight/on-abort.ts',
    'waiting.get(signal) ?? listenTo(signal)',
    'listenTo(signal)',
  ),
  one(
    'a refusal does not touch',
    16,
    gate,
    'if (step.place !== undefined) step.states.touch',
    'if (step.hasExpired) step.states.touch',
  ),
  one('a charge may move the mark back', 10, counter, 'Math.max(state.mark, now)', 'now'),
  one(
    'a decision writes where an entry lay that it has swept',
    { file: memoryStores, title: 'forgets nothing of a decision that sweeps' },
    gate,
    'step.hasExpired ? states.find(key) : step.place',
    'step.place',
  ),
  one(
    'the table of one name is found under another',
    { file: memoryStores, title: 'is shared by limiters of one name, and by no others' },
    entries,
    '`${name} ${policyName} ${format}`',
    '`${policyName} ${format}`',
  ),
  one(
    'a client that throws a RangeError is taken for the caller',
    { file: 'tests/core/fallback.test.ts', title: 'a RangeError of a client is an error of the store' },
    limiterFile,
    'if (isCallersFault(error)) throw error',
    'if (isCallersFault(error) || error instanceof RangeError) throw error',
  ),
  one(
    'all who are refused without a store come back at once',
    { file: 'tests/core/fallback.test.ts', title: 'closed tells callers to come back' },
    fallback,
    'soonest + Math.floor(random() * spread)',
    'soonest',
  ),
  one(
    'a decision on one key is given back on another',
    { file: 'tests/core/limiter.test.ts', title: 'of a peek, of a refund, of another key' },
    requests,
    'charged?.key === key &&',
    'charged !== undefined &&',
  ),
  one(
    'the first of several clients is believed',
    { file: accessLines, title: 'never takes another for the client' },
    accessClient,
    'client === undefined || candidates.length > 1',
    'client === undefined',
  ),
  one(
    'a name is the client, whatever identity follows it',
    { file: accessLines, title: 'never takes another for the client' },
    accessClient,
    '!isAbsent(identity) || user.length > 1',
    'user.length > 1',
  ),
  one(
    'a name is the client, however many words follow it',
    { file: accessLines, title: 'never takes another for the client' },
    accessClient,
    '!isAbsent(identity) || user.length > 1',
    '!isAbsent(identity)',
  ),
  one(
    'a virtual host is the client',
    { file: accessLines, title: 'reads back every record' },
    accessClient,
    'virtualHostPattern.test(first) ||',
    'first === undefined ||',
  ),
  one(
    'a mapped address is a client of its own',
    { file: accessLines, title: 'reads back every record' },
    clientAddress,
    'if (!address.isIPv4MappedAddress())',
    'if (address)',
  ),
  one(
    'one CRLF makes CR the end of all lines',
    { file: lineTests, title: 'takes a CRLF for one end of a line' },
    logLines,
    'at !== -1 && at < start.length - 1',
    'at !== -1',
  ),
  one(
    'an endless line is kept whole',
    { file: lineTests, title: 'keeps of an endless line' },
    logLines,
    'rest.slice(0, longestLine + 1)',
    'rest',
  ),
  one(
    'a replay holds all clients to its end',
    { file: 'packages/simulation/src/replay.test.ts', title: 'leaves nothing behind' },
    replay,
    'leaving.until(to, forgottenAtOnce)',
    'leaving.until(0, forgottenAtOnce)',
  ),
  one(
    'the page does not try again what failed for a while',
    { file: comparisonTests, title: 'tries again what failed' },
    comparisons,
    'callOffRetry = after(retryMs, run)',
    'callOffRetry = () => {}',
  ),
  one(
    'the page waits for a comparison that nobody wants any more',
    { file: comparisonTests, title: 'gives up a slow comparison' },
    comparisons,
    'request.abort()',
    'request',
  ),
  one(
    'the page takes any limit out of a link',
    { file: 'apps/demo/src/comparison/link.test.ts', title: 'says what is wrong with the link' },
    'apps/demo/src/comparison/link.ts',
    'Number(text) >= 1 && Number(text) <= highest',
    'true',
  ),
  one(
    'the page is served under any name',
    { file: 'apps/demo/src/serve.test.ts', title: 'serves only the address' },
    'apps/demo/src/serve.ts',
    '!isOurs(request, port)',
    'port < 0',
  ),
  one(
    'what a client says of itself is taken for an answer of Redis',
    { file: 'apps/demo/src/watched-store.test.ts', title: 'says of' },
    'apps/demo/src/watched-store.ts',
    '/^[A-Z]{2,} /.test(error.message)',
    "error.message !== ''",
  ),
]
