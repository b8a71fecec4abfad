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
const memory = 'packages/core/src/memory/memory-gate.ts'
const entries = 'packages/core/src/memory/entries.ts'
const keyIndex = 'packages/core/src/memory/key-index.ts'
const mapIndex = 'packages/core/src/memory/map-index.ts'
const slotIndex = 'packages/core/src/memory/slot-index.ts'
const expiryLines = 'packages/core/src/memory/expiry-lines.ts'
const decision = 'packages/core/src/decision.ts'
const kernelLua = 'packages/redis-script/src/kernel.lua.ts'
const storedKey = 'packages/redis-script/src/stored-key.ts'
const scriptStore = 'packages/redis-script/src/script-store.ts'
const lane = 'packages/redis-script/src/lane.ts'
const lanes = 'packages/redis-script/src/lane.property.test.ts'
const stores = 'packages/redis-script/src/script-store.test.ts'
const wire = 'packages/redis-script/src/wire.ts'
const callers = 'packages/redis-script/src/caller.ts'
const dispatch = 'packages/redis-script/src/dispatch.ts'
const errorAnswer = 'packages/redis-script/src/error-answer.ts'
const neighbours = 'packages/redis-script/src/neighbours.property.test.ts'
const serverClock = 'packages/redis-script/src/server-clock.ts'
const breaker = 'packages/redis-script/src/breaker.ts'
const deadlines = 'packages/redis-script/src/deadlines.ts'
const weigh = 'packages/redis-script/src/weigh.ts'
const partition = 'packages/redis-script/src/partition.ts'
const script = 'packages/redis-script/src/script.ts'
const wires = 'packages/redis-script/src/wire.property.test.ts'
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

const one = (name: string, law: Mutant['law'], file: string, find: string, replacement: string): Mutant => {
  return { name, law, file, edits: [[find, replacement]] }
}

/** At least one for each law, most of them in both spellings. */
export const mutants: readonly Mutant[] = [
  one('a bucket drains twice as fast', 1, debt, 'debt + ahead * rate', 'debt + 2 * ahead * rate'),
  one('a bucket drains twice as fast', 1, debtLua, 'debt + ahead * rate', 'debt + 2 * ahead * rate'),
  one('a log forgets an entry a ms early', 1, log, '(when) => when > horizon', '(when) => when > horizon + 1'),
  one('a window starts anew with every request', 1, windowLua, 'if expires <= now then', 'if expires > 0 then'),
  one('what is charged is not written', 1, kernelLua, 'times > 0 then\n          changed_i = true', 'times > 0 then'),
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
    'at(whens, leaving) + window - now',
    'at(whens, leaving) + window - now - 1',
  ),
  one('the wait of a log is a ms long', 2, logLua, 'base + date + window - now', 'base + date + window - now + 1'),
  one(
    'a refusal is charged',
    3,
    memory,
    'if (cost === 0 || !(admitted || reading.stale)) continue\n      if (admitted) {',
    'if (cost === 0) continue\n      if (cost > 0) {',
  ),
  one(
    'a refusal is charged',
    3,
    kernelLua,
    'if charge_i > 0 and (admitted or stale_i) then\n  if admitted then',
    'if charge_i > 0 then\n  if charge_i > 0 then',
  ),
  one('a refusal writes what was there', 3, kernelLua, '(admitted or stale_i)', '(admitted or used_i > 0)'),
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
    decision,
    'cost * policy.unit <= policy.ceiling - used',
    'policy.ceiling - used > 0',
  ),
  one(
    'whatever is left is enough',
    5,
    kernelLua,
    '-- each\nadmitted = admitted and (charge_i == 0 or charge_i <= ceiling_i - used_i)',
    '-- each\nadmitted = admitted and ceiling_i - used_i > 0',
  ),
  one(
    'peek consumes',
    6,
    memory,
    "if (mode === 'consume') consume",
    "if (mode === 'consume' || mode === 'peek') consume",
  ),
  {
    name: 'peek consumes',
    law: 6,
    file: kernelLua,
    edits: [
      ['full = mode == 0, 0', 'full = mode <= 1, 0'],
      ['if mode == 0 then', 'if mode <= 1 then'],
    ],
  },
  one('peek shows what would be left', 6, decision, "mode === 'consume' ? 'charged'", "mode !== 'refund' ? 'charged'"),
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
  one('a refund goes past the full quota', 7, memory, '    if (reading.used > 0) {', '    if (reading.used !== 0) {'),
  one('a refund forgets all', 7, kernelLua, 'left_i = used_i - charge_i', 'left_i = 0'),
  one(
    'a key has no expiry',
    8,
    kernelLua,
    "redis.call('SET', key_i, value, expiry_option, string.format('%d', expires + expiry_base))",
    "redis.call('SET', key_i, value)",
  ),
  one(
    'an expiry is a second short',
    8,
    kernelLua,
    "'PX', 'PEXPIRE', grace - now",
    "'PX', 'PEXPIRE', grace - now - 1000",
  ),
  one(
    'an expiry is rounded down',
    8,
    debt,
    'expiresAt = reading.mark + Math.ceil(reading.used / rate)',
    'expiresAt = reading.mark + Math.floor(reading.used / rate)',
  ),
  one('an expiry is not moved', 8, kernelLua, 'if expires ~= kept_i then', 'if expires < kept_i then'),
  one('state ahead of the clock is never re-dated', 9, debt, 'if (ahead > span)', 'if (ahead > 2 ** 53)'),
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
    'reading.stale = end !== reading.expiresAt',
    'reading.stale = end !== reading.expiresAt\n      if (end < reading.expiresAt) reading.used = 0',
  ),
  one(
    'time that went back is credited',
    9,
    debtLua,
    'local used = ahead > 0 and debt or debt + ahead * rate',
    'local used = debt - math.abs(ahead) * rate',
  ),
  one('a refusal does not store what it re-dated', 10, memory, '(admitted || reading.stale)', 'admitted'),
  one('a debt in new credits is rounded down', 10, debt, '(remainder > 0 ? 1 : 0)', '0'),
  one('a debt in new credits is rounded down', 10, debtLua, 'remainder > 0 and 1 or 0', '0'),
  one('a longer window does not move the end out', 10, windowLua, 'if window > length then', 'if window < 0 then'),
  one(
    'a debt is clamped to the new capacity',
    10,
    debt,
    'reading.used = debt\n',
    'reading.used = Math.min(debt, ceiling)\n',
  ),
  one(
    'a large number is left to the client to read',
    { file: 'packages/redis-script/src/script-store.test.ts', title: 'are stored and told exactly' },
    kernelLua,
    "found_i > 2 ^ 52 and string.format('%d', found_i) or found_i",
    'found_i',
  ),
  one(
    'who admits is charged although another refuses',
    11,
    memory,
    '(admitted || reading.stale)) continue\n      if (admitted) {',
    'fits(policy, reading.used, cost)) continue\n      if (cost > 0) {',
  ),
  one('the last policy decides for all', 11, kernelLua, '        admitted = admitted and', '        admitted ='),
  one('the shortest wait binds', 11, decision, ': -decision.retryAfterMs', ': decision.retryAfterMs'),
  one(
    'a debt is taken over in old credits',
    12,
    debt,
    'reading.scale === unit ? reading.used : rescale(reading.used, unit, reading.scale)',
    'reading.used',
  ),
  one('a debt is taken over in old credits', 12, debtLua, 'if was ~= unit then', 'if was == 0 then'),
  one(
    'a count is forgotten when the window gets shorter',
    12,
    window,
    'if (reading.used === 0) {',
    'if (reading.used === 0 || reading.scale > window) {\n        reading.used = 0',
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
    'return mark - now + Math.ceil(used / rate)',
    'return mark - now + Math.ceil(used / rate / 2)',
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
    file: scriptStore,
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
    { file: lanes, title: 'does not send who came to the end' },
    lane,
    'waiting && due > now',
    'waiting',
  ),
  one(
    'who has left while waiting is sent',
    { file: lanes, title: 'does not send who left' },
    lane,
    'waiting && due > now',
    'due > now',
  ),
  one(
    'a batch that nobody waits for holds up the next',
    { file: lanes, title: 'frees the way' },
    callers,
    'if (batch.awaited === 0) batch.abandoned(why)',
    '',
  ),
  one(
    'what a moved clock made late is not sent again',
    { file: lanes, title: 'is sent again, once' },
    dispatch,
    "late === 'again' && one.waiting",
    "late !== 'again' && one.waiting",
  ),
  one(
    'a caller gets the outcomes of the one before',
    { file: lanes, title: 'reach their own callers' },
    dispatch,
    'from += one.asks.length',
    'from += one.asks.length - 1',
  ),
  one(
    'a deadline is dated by the middle of the round trip',
    { file: 'packages/redis-script/src/server-clock.property.test.ts', title: 'never dates later' },
    serverClock,
    'const least = now - received',
    'const least = now - (sent + received) / 2',
  ),
  one(
    'a clock that was set back goes unnoticed',
    { file: 'packages/redis-script/src/server-clock.property.test.ts', title: 'set forward or back' },
    serverClock,
    ' || now + 1 - sent <= ahead',
    '',
  ),
  one(
    'a silent server is asked on and on',
    { file: lanes, title: 'leaves the server alone' },
    breaker,
    'isClosed() || now >= retryAt',
    'now >= 0',
  ),
  one(
    'a busy process takes itself for a silent server',
    { file: 'packages/redis-script/src/deadlines.test.ts', title: 'read first what came in' },
    deadlines,
    'if (monotonicNow() - due > heldUpMs) afterInput(act)\n  else act()',
    'act()',
  ),
  one(
    'what was held up while the clock was set back is executed by itself',
    { file: wires, title: 'begins when it was made' },
    kernelLua,
    'if now > deadline or now < deadline - patience then',
    'if now > deadline then',
  ),
  one(
    'what was held up while the clock was set back is executed in a batch',
    { file: wires, title: 'begins when it was made' },
    kernelLua,
    'local late = now > deadline or now < deadline - patience',
    'local late = now > deadline',
  ),
  one(
    'no request says when it was made',
    { file: stores, title: 'seems to come before it was made' },
    scriptStore,
    '          deadline: patience,',
    '          deadline: Number.POSITIVE_INFINITY,',
  ),
  one(
    'a reply at the edge of what is known of the clock teaches nothing',
    { file: 'packages/redis-script/src/server-clock.property.test.ts', title: 'void twice' },
    serverClock,
    'now + 1 - sent <= ahead',
    'now + 1 - sent < ahead',
  ),
  one(
    'a refund that is sent again is given again',
    { file: 'packages/redis-script/src/refund.property.test.ts', title: 'is given once' },
    kernelLua,
    'fresh = added == 1',
    'fresh = added ~= nil',
  ),
  one(
    'a refund that shares a script with another is lost',
    { file: stores, title: 'gives all refunds of a script' },
    kernelLua,
    'if fresh == nil then',
    'if gives then',
  ),
  one(
    'a receipt is kept for a shorter time than its state',
    { file: stores, title: 'forgets no sooner' },
    kernelLua,
    'keeps = math.max(keeps, expires_i)',
    'keeps = math.max(keeps, 0)',
  ),
  one(
    'a refund shortens the receipts of others',
    { file: stores, title: 'does not shorten' },
    kernelLua,
    "if redis.call('PTTL', key) < (receipts_last or keeps - now) then",
    "if redis.call('PTTL', key) < 2 ^ 53 then",
  ),
  one(
    'receipts are never tidied up',
    { file: stores, title: 'once another comes' },
    kernelLua,
    "redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%d', now))",
    '',
  ),
  one(
    'a decision waits for a reply while few are in flight',
    { file: lanes, title: 'nobody waits' },
    lane,
    'if (requestsInFlight < mostUnmerged) sendAtEndOfTurn()',
    '',
  ),
  one(
    'those who waited go on waiting when few are left in flight',
    { file: lanes, title: 'nobody waits' },
    lane,
    'if (queue.length > 0 && requestsInFlight < mostUnmerged) sendAtEndOfTurn()',
    '',
  ),
  one(
    'the parts of a large batch wait for each other',
    { file: stores, title: 'is one round trip' },
    scriptStore,
    "decide(part, signal, 'pushAtOnce')",
    "decide(part, signal, 'push')",
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
    lane,
    'asks.reduce((work, ask) => work + weigh(ask), 0)',
    'asks.length * Math.min(1, weigh(asks[0] as Ask))',
  ),
  one(
    'requests are counted, not weighed, when they are parted',
    { file: 'packages/redis-script/src/partition.test.ts', title: 'never more work' },
    partition,
    'const next = weigh(ask)',
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
    { file: 'packages/redis-script/src/script.test.ts', title: 'whatever their text does' },
    script,
    'parameters.length,',
    '0,',
  ),
  one(
    'each limiter has the text of its scripts to itself',
    { file: 'packages/redis-script/src/script.test.ts', title: 'are shared by all limiters' },
    script,
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
    { file: 'packages/redis-script/src/wire.test.ts', title: 'that is not of the script' },
    wire,
    'expectReply(from === numbers.length, reply)',
    '',
  ),
  one(
    'a run is told as the one before, whatever its deadline',
    { file: 'packages/redis-script/src/wire.test.ts', title: 'only where they differ' },
    wire,
    'before !== undefined && deadlines[before] === deadlines[place] &&',
    'before !== undefined &&',
  ),
  one('a batch tells of no wait', 10, kernelLua, 'full = full or pause_i > 0', ''),
  one(
    'who aborts makes room while the command is under way',
    { file: stores, title: 'does not make room' },
    callers,
    'if (batch === undefined) {',
    'if (one.asks.length > 0) {',
  ),
  one(
    'a signal is not told to the store',
    { file: stores, title: 'lets its caller go' },
    'packages/core/src/limiter.ts',
    'gate.apply([one], signal)',
    'gate.apply([one])',
  ),
  one('a signal is listened to for ever', { file: stores, title: 'lets its caller go' }, callers, 'one.deafen?.()', ''),
  one(
    'all nodes of a Cluster are one server',
    { file: stores, title: 'is left alone by itself' },
    scriptStore,
    "connection.cluster?.serverOf(slotOf(ask)) ?? ''",
    "''",
  ),
  one(
    'a slot that moves is not tried again',
    { file: stores, title: 'what was not executed is tried again' },
    scriptStore,
    "again === 'after a pause' && tries > 0",
    "again === 'after a pause' && tries < 0",
  ),
  one(
    'a slot that moves is a fault of its server',
    { file: lanes, title: 'on one slot alone is not down' },
    dispatch,
    "if (of === 'slot') {",
    'if (why === journey) {',
  ),
  one(
    'a command that is rejected is no failure',
    { file: lanes, title: 'five times is down' },
    dispatch,
    'failed(journey, why)\n    health.down',
    'replied(journey)\n    health.down',
  ),
  one(
    'a late answer makes all good',
    { file: lanes, title: 'is not made good by a late answer' },
    dispatch,
    "if (state === 'missed') link.breaker.repliedLate()",
    "if (state === 'answered') link.breaker.repliedLate()",
  ),
  one(
    'a command that is missed, and then rejected, has failed twice',
    { file: lanes, title: 'is missed once' },
    breaker,
    'if (request >= firstAfterFailure) count(',
    'count(',
  ),
  one(
    'a deadline that one limiter misses is held against the server',
    { file: neighbours, title: 'change neither the decisions' },
    dispatch,
    'link.breaker.missed(monotonicNow(), atLink,',
    'link.server.breaker.missed(monotonicNow(), atServer,',
  ),
  one(
    'an error of one limiter is held against the server',
    { file: neighbours, title: 'change neither the decisions' },
    dispatch,
    "if (of === 'server') {",
    'if (of !== undefined) {',
  ),
  {
    name: 'what is pending of one limiter counts for all',
    law: { file: neighbours, title: 'change neither the decisions' },
    file: scriptStore,
    edits: [
      ['      let pending = 0\n', ''],
      ['  return {\n    bind(', '  let pending = 0\n  return {\n    bind('],
    ],
  },
  one(
    'one reset is as many failures as there were batches in flight',
    { file: neighbours, title: 'leave the store open' },
    breaker,
    'if (request >= firstAfterFailure) count(',
    'count(',
  ),
  one(
    'a deadline that is missed uses up the trial of the server',
    { file: neighbours, title: 'do not use up the trials' },
    dispatch,
    "journey.state = 'missed'\n  link.server.breaker.ended(atServer)",
    "journey.state = 'missed'",
  ),
  one(
    'each limiter tries a dead connection by itself',
    { file: neighbours, title: 'leave a connection that answers nobody alone' },
    'packages/redis-script/src/server.ts',
    'first === undefined || now - first < silentMs || now - last >= quietMs',
    'now >= 0',
  ),
  one(
    'what is learnt of the server is told to nobody',
    { file: neighbours, title: 'share what is learnt' },
    dispatch,
    'link.server.breaker.failed(monotonicNow(), atServer, cause)',
    'link.breaker.failed(monotonicNow(), atLink, cause)',
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
    { file: 'packages/redis-script/src/server-errors.test.ts', title: 'and tells once that it is a Cluster' },
    scriptStore,
    'if (parts.length > 1) isBySlot = true',
    '',
  ),
  one(
    'all wait for a clock that one key cannot read',
    { file: 'tests/cluster/cluster.test.ts', title: 'is answered on the keys of that node' },
    dispatch,
    "(errorAnswer(why).of === 'slot' ? sound(one, first) : Promise.reject(why))",
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
    'nobody is warned of a client whose errors nobody hears',
    { file: 'packages/stores/redis/src/redis-store.test.ts', title: 'whose errors nobody hears' },
    'packages/stores/redis/src/redis-store.ts',
    "if (client.listenerCount?.('error') !== 0) return",
    'if (client.isOpen) return',
  ),
  one(
    'who left while the clock was read is sent',
    { file: lanes, title: 'is not missed by who left' },
    dispatch,
    'callers.filter(({ waiting }) => waiting)',
    'callers.filter(() => true)',
  ),
  one(
    'a server is up again that nobody can name',
    { file: lanes, title: 'not when nobody knows who does' },
    dispatch,
    '!now.server.clock.known || causeOf(now)',
    'causeOf(now)',
  ),
  one(
    'what is given back in an outage is given back here',
    { file: 'packages/core/src/fallback.test.ts', title: 'nothing is given back' },
    fallback,
    "ask.mode === 'refund' ?",
    'ask.mode.length < 0 ?',
  ),
  one(
    'a share of the quota is all of it',
    { file: 'packages/core/src/fallback.test.ts', title: 'each of 4 processes' },
    share,
    'unit: policy.unit * weight',
    'unit: policy.unit',
  ),
  one(
    'what is forgotten leaves a gap in the index',
    { file: 'packages/core/src/memory/entries.property.test.ts', title: 'are what a Map would hold' },
    slotIndex,
    'slots[gap] = slots[slot] as number\n        gap = slot',
    'void slot',
  ),
  one(
    'what is moved is still found where it was',
    { file: 'packages/core/src/memory/entries.property.test.ts', title: 'are what a Map would hold' },
    mapIndex,
    'mapOf(from).set(rows.key(from), to)',
    'void to',
  ),
  one(
    'with one more than maps are for, one is lost',
    { file: 'packages/core/src/memory/entries.property.test.ts', title: 'are what a Map would hold' },
    keyIndex,
    'row < rows.size()',
    'row < rows.size() - 1',
  ),
  one(
    'those with nothing left make room first',
    { file: 'packages/core/src/memory/entries.property.test.ts', title: 'with nothing left to consume go last' },
    entries,
    'either(lines.soonest(rank.open, now), () => lines.soonest(rank.spent, now))',
    'either(lines.soonest(rank.spent, now), () => lines.soonest(rank.open, now))',
  ),
  one(
    'whoever is first in any line makes room',
    { file: 'packages/core/src/memory/entries.property.test.ts', title: 'that make room expire later' },
    expiryLines,
    'rows.expiresAt(row) < rows.expiresAt(found)',
    'rows.expiresAt(row) > rows.expiresAt(found)',
  ),
  one(
    'those who are written again stay first in line',
    { file: 'packages/core/src/memory/entries.property.test.ts', title: 'that have expired are swept' },
    expiryLines,
    'i < requeuedAtOnce',
    'i < 0',
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
    { file: 'apps/demo/src/page-link.test.ts', title: 'says what is wrong with the link' },
    'apps/demo/page/link.js',
    'isCount(text) && Number(text) <= 50',
    'text === text',
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
