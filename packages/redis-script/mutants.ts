// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code that is broken holds templates
import type { Mutant } from '../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'what is charged is not written',
    law: 1,
    file: 'src/script/batch-script.ts',
    edits: [["times > 0 then\n      ${policy.variable('changed')} = true", 'times > 0 then']],
  },
  {
    name: 'a refusal is charged',
    law: 3,
    file: 'src/script/lone-script.ts',
    edits: [
      [
        'if ${policy.charge} > 0 and (admitted or ${policy.stale}) then\n      if admitted then',
        'if ${policy.charge} > 0 then\n      if ${policy.charge} > 0 then',
      ],
    ],
  },
  {
    name: 'a refusal writes what was there',
    law: 3,
    file: 'src/script/lone-script.ts',
    edits: [['(admitted or ${policy.stale})', '(admitted or ${policy.used} > 0)']],
  },
  {
    name: 'whatever is left is enough',
    law: 5,
    file: 'src/script/decide-lua.ts',
    edits: [
      ['`(${charge} == 0 or ${charge} <= ${ceiling} - ${used})`', '`(${charge} == 0 or ${ceiling} - ${used} > 0)`'],
    ],
  },
  {
    name: 'peek consumes',
    law: 6,
    file: 'src/script/batch-script.ts',
    edits: [['local charges = mode == 0 or', 'local charges = mode <= 1 or']],
  },
  {
    name: 'a refund forgets all',
    law: 7,
    file: 'src/script/refund-lua.ts',
    edits: [['${left} = ${used} - ${charge}', '${left} = 0']],
  },
  {
    name: 'a key has no expiry',
    law: 8,
    file: 'src/script/decide-lua.ts',
    edits: [
      [
        "redis.call('SET', ${key}, value, expiry_option, string.format('%d', expires + expiry_base))",
        "redis.call('SET', ${key}, value)",
      ],
    ],
  },
  {
    name: 'an expiry is a second short',
    law: 8,
    file: 'src/script/clock-lua.ts',
    edits: [
      ["'PX', 'PEXPIRE', ${injectedClockGraceMs} - now", "'PX', 'PEXPIRE', ${injectedClockGraceMs} - now - 1000"],
    ],
  },
  {
    name: 'an expiry on the clock of the server is a ms short',
    law: 8,
    file: 'src/script/clock-lua.ts',
    edits: [["'PXAT', 'PEXPIREAT', 0", "'PXAT', 'PEXPIREAT', -1"]],
  },
  {
    name: 'an expiry is not moved',
    law: 8,
    file: 'src/script/decide-lua.ts',
    edits: [['if expires ~= ${keyExpiresAt} then', 'if expires < ${keyExpiresAt} then']],
  },
  {
    name: 'the clock of the server is read to 2 ms',
    law: 10,
    file: 'src/script/clock-lua.ts',
    edits: [['local now = time[1] * 1000 + (ms - ms % 1)', 'local now = time[1] * 1000 + (ms - ms % 2)']],
  },
  {
    name: 'a large number is left to the client to read',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'are stored and told exactly' },
    file: 'src/script/batch-script.ts',
    edits: [["${found} > 2 ^ 52 and string.format('%d', ${found}) or ${found}", '${found}']],
  },
  {
    name: 'the last policy decides for all',
    law: 11,
    file: 'src/script/batch-script.ts',
    edits: [['admitted = admitted and ${', 'admitted = ${']],
  },
  {
    name: 'every policy of a limiter is taken to tell a wait',
    law: 11,
    file: 'src/wire/views.ts',
    edits: [['wait = numbers[waits] as number', 'wait = numbers[offset + perPolicy * policies.length + i] as number']],
  },
  {
    name: 'lone surrogates are left to UTF-8',
    law: 13,
    file: 'src/stored-key.ts',
    edits: [['.replace(/\\p{Surrogate}/gu, escapeSurrogate)', '']],
  },
  {
    name: 'an escape may be mistaken for a key',
    law: 13,
    file: 'src/stored-key.ts',
    edits: [[".replace(/%/g, '%25')", '']],
  },
  {
    name: 'the clock of the app is used',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'is that of the server' },
    file: 'src/session.ts',
    edits: [
      ["clock === undefined ? 'server' : 'injected'", "'injected'"],
      ['clock === undefined ? undefined : readClock', 'clock === undefined ? Date.now() : readClock'],
    ],
  },
  {
    name: 'a server that does not know the script is an error',
    law: { file: 'packages/redis-script/src/round-trip.test.ts', title: 'a server that has forgotten' },
    file: 'src/server/error-answer.ts',
    edits: [["again: 'with source'", "again: 'by slot'"]],
  },
  {
    name: 'who has come to the deadline while waiting is sent',
    law: {
      file: 'packages/redis-script/src/flight/flight.property.test.ts',
      title: 'does not send who came to the end',
    },
    file: 'src/flight/queue.ts',
    edits: [['caller.ended === undefined && caller.due > now', 'caller.ended === undefined']],
  },
  {
    name: 'who has left while waiting is sent',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'does not send who left' },
    file: 'src/flight/queue.ts',
    edits: [['caller.ended === undefined && caller.due > now', 'caller.due > now']],
  },
  {
    name: 'a batch that nobody waits for holds up the next',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'frees the way' },
    file: 'src/flight/caller.ts',
    edits: [['  batch.abandoned(ending.how, ending.why)', '']],
  },
  {
    name: 'what a moved clock made late is not sent again',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'is sent again, once' },
    file: 'src/flight/flight.ts',
    edits: [
      [
        "whenLate === 'send again' && caller.ended === undefined",
        "whenLate !== 'send again' && caller.ended === undefined",
      ],
    ],
  },
  {
    name: 'a caller gets the outcomes of the one before',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'reach their own callers' },
    file: 'src/flight/flight.ts',
    edits: [['from += caller.requests.length', 'from += caller.requests.length - 1']],
  },
  {
    name: 'a deadline is dated by the middle of the round trip',
    law: { file: 'packages/redis-script/src/server/server-clock.property.test.ts', title: 'never dates later' },
    file: 'src/server/server-clock.ts',
    edits: [['const least = now - received', 'const least = now - (sent + received) / 2']],
  },
  {
    name: 'a clock that was set back goes unnoticed',
    law: { file: 'packages/redis-script/src/server/server-clock.property.test.ts', title: 'set forward or back' },
    file: 'src/server/server-clock.ts',
    edits: [[' || now + 1 - sent <= ahead', '']],
  },
  {
    name: 'a silent server is asked on and on',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'leaves the server alone' },
    file: 'src/server/breaker.ts',
    edits: [['isClosed(own) || now >= own.retryAt', 'now >= 0']],
  },
  {
    name: 'a busy process takes itself for a silent server',
    law: { file: 'packages/redis-script/src/flight/deadlines.test.ts', title: 'read first what came in' },
    file: 'src/flight/deadlines.ts',
    edits: [['if (monotonicNow() - due > heldUpMs) afterInput(act)\n  else act()', 'act()']],
  },
  {
    name: 'what was held up while the clock was set back is executed by itself',
    law: { file: 'packages/redis-script/src/wire/wire.property.test.ts', title: 'begins when it was made' },
    file: 'src/script/lone-script.ts',
    edits: [['if ${isVoid} then', 'if now > deadline then']],
  },
  {
    name: 'what was held up while the clock was set back is executed in a batch',
    law: { file: 'packages/redis-script/src/wire/wire.property.test.ts', title: 'begins when it was made' },
    file: 'src/script/batch-script.ts',
    edits: [['local late = ${isVoid}', 'local late = now > deadline']],
  },
  {
    name: 'no request says when it was made',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'seems to come before it was made' },
    file: 'src/session.ts',
    edits: [['deadline: patience, keysOf', 'deadline: Number.POSITIVE_INFINITY, keysOf']],
  },
  {
    name: 'a reply at the edge of what is known of the clock teaches nothing',
    law: { file: 'packages/redis-script/src/server/server-clock.property.test.ts', title: 'void twice' },
    file: 'src/server/server-clock.ts',
    edits: [['now + 1 - sent <= ahead', 'now + 1 - sent < ahead']],
  },
  {
    name: 'a refund that is sent again is given again',
    law: { file: 'packages/redis-script/src/refund.property.test.ts', title: 'is given once' },
    file: 'src/script/refund-lua.ts',
    edits: [['fresh = added == 1', 'fresh = added ~= nil']],
  },
  {
    name: 'a refund that shares a script with another is lost',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'gives all refunds of a script' },
    file: 'src/script/refund-lua.ts',
    edits: [['if fresh == nil then', 'if gives then']],
  },
  {
    name: 'a receipt is kept for a shorter time than its state',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'forgets no sooner' },
    file: 'src/script/refund-lua.ts',
    edits: [['keeps = math.max(keeps, ${expires})', 'keeps = math.max(keeps, 0)']],
  },
  {
    name: 'a refund shortens the receipts of others',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'does not shorten' },
    file: 'src/script/refund-lua.ts',
    edits: [
      ["if redis.call('PTTL', key) < (receipts_last or keeps - now) then", "if redis.call('PTTL', key) < 2 ^ 53 then"],
    ],
  },
  {
    name: 'receipts are never tidied up',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'once another comes' },
    file: 'src/script/refund-lua.ts',
    edits: [["redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%d', now))", '']],
  },
  {
    name: 'a decision waits for a reply while few are in flight',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'nobody waits' },
    file: 'src/flight/queue.ts',
    edits: [['  if (queue.requestsInFlight < mostUnmerged) sendAtEndOfTurn(queue)\n  wait', '  wait']],
  },
  {
    name: 'those who waited go on waiting when few are left in flight',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'once few requests are left' },
    file: 'src/flight/queue.ts',
    edits: [['if (queue.waiting.length > 0 && queue.requestsInFlight < mostUnmerged) sendAtEndOfTurn(queue)', '']],
  },
  {
    name: 'the parts of a large batch wait for each other',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'is one round trip' },
    file: 'src/session.ts',
    edits: [['decide(session, part, signal, pushAtOnce)', 'decide(session, part, signal, push)']],
  },
  {
    name: 'a log is as little work as a bucket',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'the work of 512 buckets' },
    file: 'src/flight/weigh.ts',
    edits: [['policy.weigh?.(mode) ?? ofBucket(mode)', 'ofBucket(mode)']],
  },
  {
    name: 'requests are counted, not weighed, when they are sent',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'the work of 512 buckets' },
    file: 'src/session.ts',
    edits: [['work: weigh(first)', 'work: 1']],
  },
  {
    name: 'requests are counted, not weighed, when they are parted',
    law: { file: 'packages/redis-script/src/flight/partition.test.ts', title: 'never more work' },
    file: 'src/flight/partition.ts',
    edits: [['const next = weigh(request)', 'const next = 1']],
  },
  {
    name: 'limiters of other parameters share a script by mistake',
    law: { file: 'packages/redis-script/src/script/assemble.test.ts', title: 'whatever their text does' },
    file: 'src/script/assemble.ts',
    edits: [['parameters.length,', '0,']],
  },
  {
    name: 'each limiter has the text of its scripts to itself',
    law: { file: 'packages/redis-script/src/script/assemble.test.ts', title: 'are shared by all limiters' },
    file: 'src/script/assemble.ts',
    edits: [['if (known !== undefined) return known', '']],
  },
  {
    name: 'a long key is cut off',
    law: { file: 'packages/redis-script/src/stored-key.property.test.ts', title: 'long ones too' },
    file: 'src/stored-key.ts',
    edits: [[".update(escaped).digest('base64url')", ".update(escaped.slice(0, 200)).digest('base64url')"]],
  },
  {
    name: 'a long key is hashed before it is escaped',
    law: { file: 'packages/redis-script/src/stored-key.property.test.ts', title: 'long ones too' },
    file: 'src/stored-key.ts',
    edits: [['.update(escaped)', '.update(key)']],
  },
  {
    name: 'a hash may be mistaken for a key',
    law: { file: 'packages/redis-script/src/stored-key.property.test.ts', title: 'long ones too' },
    file: 'src/stored-key.ts',
    edits: [['`%#${createHash', '`#${createHash']],
  },
  {
    name: 'a reply may say more than was asked',
    law: { file: 'packages/redis-script/src/wire/wire.test.ts', title: 'that is not of the script' },
    file: 'src/wire/read-reply.ts',
    edits: [['expectReply(offset === numbers.length, reply)', '']],
  },
  {
    name: 'a run is told as the one before, whatever its deadline',
    law: { file: 'packages/redis-script/src/wire/wire.test.ts', title: 'only where they differ' },
    file: 'src/wire/spell-batch.ts',
    edits: [['if (deadlines[first] !== deadlines[second]) return false', '']],
  },
  {
    name: 'a batch tells of no wait',
    law: 10,
    file: 'src/script/batch-script.ts',
    edits: [['full = full or ${policy.pause} > 0', '']],
  },
  {
    name: 'who aborts makes room while the command is under way',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'does not make room' },
    file: 'src/flight/caller.ts',
    edits: [
      [
        'if (caller.batch === undefined) unsent(caller)\n    else leave',
        'unsent(caller)\n    if (caller.batch !== undefined) leave',
      ],
    ],
  },
  {
    name: 'a signal is listened to for ever',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'lets its caller go' },
    file: 'src/flight/caller.ts',
    edits: [['caller.stopListening?.()', '']],
  },
  {
    name: 'all nodes of a Cluster are one server',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'is left alone by itself' },
    file: 'src/script-store.ts',
    edits: [["cluster?.serverOf(slot) ?? ''", "''"]],
  },
  {
    name: 'a slot that moves is not tried again',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'what was not executed is tried again' },
    file: 'src/flight/run-script.ts',
    edits: [["again === 'after a pause' && tries > 0", "again === 'after a pause' && tries < 0"]],
  },
  {
    name: 'a slot that moves is a fault of its server',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'on one slot alone is not down' },
    file: 'src/server/link.ts',
    edits: [["if (of === 'slot') {", 'if (why === sent) {']],
  },
  {
    name: 'a command that is rejected is no failure',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'five times is down' },
    file: 'src/flight/flight.ts',
    edits: [['failed(sent, why, flight.answerTo(why))', 'replied(sent)']],
  },
  {
    name: 'a late answer makes all good',
    law: {
      file: 'packages/redis-script/src/flight/flight.property.test.ts',
      title: 'is not made good by a late answer',
    },
    file: 'src/server/link.ts',
    edits: [
      ["if (state === 'missed') link.breaker.repliedLate()", "if (state === 'answered') link.breaker.repliedLate()"],
    ],
  },
  {
    name: 'a command that is missed, and then rejected, has failed twice',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'is missed once' },
    file: 'src/server/breaker.ts',
    edits: [['if (request >= own.firstAfterFailure) fails(', 'fails(']],
  },
  {
    name: 'a deadline that one limiter misses is held against the server',
    law: { file: 'packages/redis-script/src/neighbours.property.test.ts', title: 'change neither the decisions' },
    file: 'src/server/link.ts',
    edits: [['link.breaker.missed(monotonicNow(), atLink,', 'link.server.breaker.missed(monotonicNow(), atServer,']],
  },
  {
    name: 'an error of one limiter is held against the server',
    law: { file: 'packages/redis-script/src/server/server-errors.test.ts', title: 'takes nobody down' },
    file: 'src/server/link.ts',
    edits: [["if (of === 'server') {", 'if (of !== undefined) {']],
  },
  {
    name: 'what is pending of one limiter counts for all',
    law: { file: 'packages/redis-script/src/neighbours.property.test.ts', title: 'change neither the decisions' },
    file: 'src/session.ts',
    edits: [
      ['/** What all limiters of a store share. */', 'let ofAll = 0'],
      ['own.pending -= requests.length', 'ofAll -= requests.length'],
      ['session.pending + count > maxPending', 'ofAll + count > maxPending'],
      ['session.pending += count', 'ofAll += count'],
    ],
  },
  {
    name: 'one reset is as many failures as there were batches in flight',
    law: { file: 'packages/redis-script/src/neighbours.property.test.ts', title: 'leave the store open' },
    file: 'src/server/breaker.ts',
    edits: [['if (request >= own.firstAfterFailure) fails(', 'fails(']],
  },
  {
    name: 'a deadline that is missed uses up the trial of the server',
    law: { file: 'packages/redis-script/src/neighbours.property.test.ts', title: 'do not use up the trials' },
    file: 'src/server/link.ts',
    edits: [["sent.state = 'missed'\n  link.server.breaker.ended(atServer)", "sent.state = 'missed'"]],
  },
  {
    name: 'each limiter tries a dead connection by itself',
    law: {
      file: 'packages/redis-script/src/neighbours.property.test.ts',
      title: 'leave a connection that answers nobody alone',
    },
    file: 'src/server/trials.ts',
    edits: [['first === undefined || now - first < silentMs || now - last >= quietMs', 'now >= 0']],
  },
  {
    name: 'what is learnt of the server is told to nobody',
    law: { file: 'packages/redis-script/src/neighbours.property.test.ts', title: 'share what is learnt' },
    file: 'src/server/link.ts',
    edits: [
      [
        "link.server.breaker[counts === 'each' ? 'refused' : 'failed'](monotonicNow(), atServer, cause)",
        'link.breaker.failed(monotonicNow(), atLink, cause)',
      ],
    ],
  },
  {
    name: 'what a server refuses together counts once',
    law: { file: 'packages/redis-script/src/server/server-errors.test.ts', title: 'refused together' },
    file: 'src/server/link.ts',
    edits: [["counts === 'each' ? 'refused' : 'failed'", "counts === 'each' ? 'failed' : 'failed'"]],
  },
  {
    name: 'keys of several slots are refused for ever',
    law: { file: 'packages/redis-script/src/neighbours.property.test.ts', title: 'decides all that any limiter asks' },
    file: 'src/server/error-answer.ts',
    edits: [["again: 'by slot'", "again: 'with source'"]],
  },
  {
    name: 'a store does not remember that it is on a Cluster',
    law: {
      file: 'packages/redis-script/src/server/server-errors.test.ts',
      title: 'and tells once that it is a Cluster',
    },
    file: 'src/session.ts',
    edits: [['if (parts.length > 1) shared.isBySlot = true', '']],
  },
  {
    name: 'all wait for a clock that one key cannot read',
    law: { file: 'tests/cluster/cluster.test.ts', title: 'is answered on the keys of that node' },
    file: 'src/flight/exchange.ts',
    edits: [
      ["answerTo(why).of === 'slot' ? probeClock(transport, link, key) : Promise.reject(why)", 'Promise.reject(why)'],
    ],
  },
  {
    name: 'a timer that is a number is asked for more',
    law: { file: 'packages/redis-script/src/timers.test.ts', title: 'decisions are made over' },
    file: 'src/timers.ts',
    edits: [['own?.unref?.()', 'own?.unref()']],
  },
  {
    name: 'a runtime must have setImmediate',
    law: { file: 'packages/redis-script/src/timers.test.ts', title: 'settle by their deadlines' },
    file: 'src/timers.ts',
    edits: [
      ["if (typeof setImmediate === 'function') setImmediate(act)\n  else setTimeout(act, 0)", 'setImmediate(act)'],
    ],
  },
  {
    name: 'a clock that stands still keeps a deadline from coming',
    law: { file: 'packages/redis-script/src/timers.test.ts', title: 'settle by their deadlines' },
    file: 'src/flight/deadlines.ts',
    edits: [['Math.max(monotonicNow(), due)', 'monotonicNow()']],
  },
  {
    name: 'what a client says of itself is held against one limiter',
    law: { file: 'packages/redis-script/src/server/error-answer.test.ts', title: 'is asked of the client' },
    file: 'src/server/error-answer.ts',
    edits: [[' ?? ofClient(error)', '']],
  },
  {
    name: 'nobody is warned of a client whose errors nobody hears',
    law: { file: 'packages/stores/redis/src/redis-store.test.ts', title: 'whose errors nobody hears' },
    file: 'src/warn-unheard.ts',
    edits: [["if (client.listenerCount?.('error') !== 0) return", 'if (client.listenerCount) return']],
  },
  {
    name: 'who left while the clock was read is sent',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'is not missed by who left' },
    file: 'src/flight/flight.ts',
    edits: [['callers.filter(({ ended }) => ended === undefined)', 'callers.filter(() => true)']],
  },
  {
    name: 'a server is up again that nobody can name',
    law: { file: 'packages/redis-script/src/flight/flight.property.test.ts', title: 'not when nobody knows who does' },
    file: 'src/server/outages.ts',
    edits: [['!now.server.clock.known || causeOf(now)', 'causeOf(now)']],
  },
  {
    name: 'of the calls that share a signal, one leaves when it fires',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'has one listener of a signal' },
    file: 'src/flight/on-abort.ts',
    edits: [['waiting.get(signal) ?? listenTo(signal)', 'listenTo(signal)']],
  },
  {
    name: 'a charge that does not fit is dropped',
    law: 15,
    file: 'src/script/batch-script.ts',
    edits: [['if mode == 4 and not admitted then', 'if false then']],
  },
  {
    name: 'a charge that does not fit is not written',
    law: 15,
    file: 'src/script/decide-lua.ts',
    edits: [["${dateCharge(policy)}\n      ${policy.variable('changed')} = true", '${dateCharge(policy)}']],
  },
  {
    name: 'a charge that does not fit counts up to the limit',
    law: 15,
    file: 'src/wire/spell-request.ts',
    edits: [
      ['({ mostUsed, unit }) => [mostUsed ?? Number.MAX_SAFE_INTEGER, unit]', '({ ceiling, unit }) => [ceiling, unit]'],
    ],
  },
  {
    name: 'a charge tells how long its own cost would wait',
    law: 15,
    file: 'src/script/batch-script.ts',
    edits: [['${each(policies, ({ charge, unit }) => `${charge} = ${unit}`)}', '']],
  },
]
