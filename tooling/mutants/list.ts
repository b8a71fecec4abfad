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
const generations = 'packages/core/src/memory/generations.ts'
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
const serverClock = 'packages/redis-script/src/server-clock.ts'
const breaker = 'packages/redis-script/src/breaker.ts'
const deadlines = 'packages/redis-script/src/deadlines.ts'
const fallback = 'packages/core/src/fallback.ts'
const share = 'packages/core/src/share.ts'
const limiterFile = 'packages/core/src/limiter.ts'
const tables = 'packages/core/src/memory/tables.ts'
const entriesTest = 'packages/core/src/memory/entries.property.test.ts'
const memoryNames = { file: 'packages/core/src/memory-store.test.ts', title: 'names' }

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
  one('a refund goes past the full quota', 7, memory, 'if (reading.used <= 0) {', 'if (reading.used === 0) {'),
  one('a refund forgets all', 7, kernelLua, 'used_i = used_i - charge_i', 'used_i = 0'),
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
    scriptStore,
    "!message.startsWith('NOSCRIPT')",
    'message.length >= 0',
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
    ' || now + 1 - sent < ahead',
    '',
  ),
  one(
    'a silent server is asked on and on',
    { file: lanes, title: 'leaves the server alone' },
    breaker,
    'if (now < triedAgainAt) return false',
    '',
  ),
  one(
    'a busy process takes itself for a silent server',
    { file: 'packages/redis-script/src/deadlines.test.ts', title: 'read first what came in' },
    deadlines,
    'if (performance.now() - due > heldUpMs) setImmediate(act)\n  else act()',
    'act()',
  ),
  one(
    'a refund that is sent again is given again',
    { file: stores, title: 'gives a refund once' },
    kernelLua,
    "gives = redis.call('SET', KEYS",
    "redis.call('SET', KEYS",
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
    "message.startsWith('TRYAGAIN') && tries > 0",
    'tries < 0',
  ),
  one(
    'a slot that moves is a fault of its server',
    { file: lanes, title: 'on one slot alone is not down' },
    dispatch,
    'if (isOfSlot(why)) answered(journey)',
    'if (why === journey) answered(journey)',
  ),
  one(
    'a command that is rejected is no failure',
    { file: lanes, title: 'five times is down' },
    dispatch,
    "else failed(journey, 'answered', why)",
    'else answered(journey)',
  ),
  one(
    'a late answer makes all good',
    { file: lanes, title: 'is not made good by a late answer' },
    dispatch,
    "if (state === 'missed') server.breaker.stirred()",
    "if (state === 'answered') server.breaker.stirred()",
  ),
  one(
    'a command that is missed, and then rejected, has failed twice',
    { file: lanes, title: 'is missed once' },
    dispatch,
    "if (before === 'missed') return",
    '',
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
    '!clock.known || breaker.cause',
    'breaker.cause',
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
    { file: entriesTest, title: 'are what a Map would hold' },
    slotIndex,
    'slots[gap] = slots[slot] as number\n        gap = slot',
    'void slot',
  ),
  one(
    'what is moved is still found where it was',
    { file: entriesTest, title: 'are what a Map would hold' },
    mapIndex,
    'mapOf(from).set(rows.key(from), to)',
    'void to',
  ),
  one(
    'with one more than maps are for, one is lost',
    { file: entriesTest, title: 'are what a Map would hold' },
    keyIndex,
    'row < rows.size()',
    'row < rows.size() - 1',
  ),
  one(
    'too few are protected',
    { file: entriesTest, title: 'that were touched last' },
    generations,
    'Math.floor(most / 2)), bytes',
    'Math.floor(most / 3)), bytes',
  ),
  one(
    'too few bytes are protected',
    { file: entriesTest, title: 'that were touched last' },
    generations,
    'bytes: mostBytes / 2',
    'bytes: mostBytes / 3',
  ),
  one(
    'what was touched again is counted twice',
    { file: entriesTest, title: 'that were touched last' },
    entries,
    'generations.leave(stamp, own)\n    enter(row, own)',
    'enter(row, own)',
  ),
  one(
    'a touch leaves an entry as old as it was',
    { file: entriesTest, title: 'that were touched last' },
    entries,
    'if (stamp !== newest && !isHalfEmpty()) touchAgain',
    'if (stamp === none) touchAgain',
  ),
  one(
    'when stamps run out, all are old',
    { file: entriesTest, title: 'that were touched last' },
    generations,
    'live.indexOf(generationOf(stamp) as Generation) + 1',
    '0',
  ),
  one(
    'neighbouring generations become one, however large',
    { file: entriesTest, title: 'that were touched last' },
    generations,
    'last === undefined || last.entries + next.entries > full.entries ||',
    'last === undefined ||',
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
    'if (swept >= rows.size()) swept = 0',
    'if (swept >= rows.size()) return',
  ),
  one(
    'only the newest generation is protected',
    16,
    generations,
    'stamp >= (live[0] as Generation).since',
    'stamp >= current.since',
  ),
  one(
    'a store that cannot hold a decision twice is taken',
    { file: 'packages/core/src/memory-store.test.ts', title: 'is refused by a limiter of' },
    'packages/core/src/memory-store.ts',
    'maxKeys < 2 * all.length',
    'maxKeys < all.length',
  ),
  one(
    'a key keeps what it was cut from',
    { file: 'packages/core/src/memory/own-copy.test.ts', title: 'keeps alive nothing' },
    'packages/core/src/memory/own-copy.ts',
    'text.length < shortestSlice',
    'text.length >= 0',
  ),
  one(
    'each copy of core knows its own errors alone',
    { file: 'packages/core/src/errors.test.ts', title: "recognise each other's errors" },
    'packages/core/src/errors.ts',
    "const kind = Symbol.for('sluice.error')",
    "const kind = Symbol('sluice.error')",
  ),
  one(
    'random numbers are taken for granted',
    { file: 'packages/core/src/globals.test.ts', title: 'nothing is global but the language' },
    'packages/core/src/memory/key-hash.ts',
    "typeof crypto !== 'undefined'",
    "typeof crypto !== 'nothing'",
  ),
  one(
    'of the calls that share a signal, one leaves when it fires',
    { file: stores, title: 'has one listener of a signal' },
    'packages/redis-script/src/on-abort.ts',
    'waiting.get(signal) ?? listenTo(signal)',
    'listenTo(signal)',
  ),
  one(
    'a refusal does not touch',
    16,
    memory,
    "none && mode === 'consume') entries.touch",
    "none && mode === 'reset') entries.touch",
  ),
  one(
    'the table of one name is found under another',
    memoryNames,
    tables,
    'pathOf({ name, policy, format }: Table)',
    'pathOf({ policy: name, policy, format }: Table)',
  ),
  one(
    'a name that holds nothing is kept',
    { file: 'packages/core/src/memory/tables.test.ts', title: 'knows a name while it has entries' },
    tables,
    'byPath.delete(pathOf(table))',
    'void pathOf(table)',
  ),
  one(
    'a client that throws a RangeError is taken for the caller',
    { file: 'packages/core/src/fallback.test.ts', title: 'a RangeError of a client is an error of the store' },
    limiterFile,
    'if (isCallersFault(error)) throw error',
    'if (isCallersFault(error) || error instanceof RangeError) throw error',
  ),
  one(
    'all who are refused without a store come back at once',
    { file: 'packages/core/src/fallback.test.ts', title: 'closed tells callers to come back' },
    fallback,
    'soonest + Math.floor(random() * spread)',
    'soonest',
  ),
  one(
    'a decision on one key is given back on another',
    { file: 'packages/core/src/limiter.test.ts', title: 'of a peek, of a refund, of another key' },
    limiterFile,
    'chargedKey(of) === key',
    'chargedKey(of) !== undefined',
  ),
  one(
    'listing skips what fills a gap',
    { file: 'packages/core/src/memory-store.test.ts', title: 'skips none while what is listed is reset' },
    entries,
    'let row = rows.size() - 1; row >= 0; row = Math.min(row, rows.size()) - 1',
    'let row = 0; row < rows.size(); row += 1',
  ),
]
