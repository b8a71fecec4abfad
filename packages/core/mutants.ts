// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the code that is broken holds templates
import type { Mutant } from '../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a refusal is charged',
    law: 3,
    file: 'src/deciding-gate.ts',
    edits: [
      [
        'if (cost === 0 || !(admitted || step.reading.stale)) return\n  if (admitted) charge',
        'if (cost === 0) return\n  charge',
      ],
    ],
  },
  {
    name: 'a cost above the quota may come back later',
    law: 4,
    file: 'src/policy-decision.ts',
    edits: [['cost > policy.limit ? Number.POSITIVE_INFINITY', 'cost > policy.limit ? policy.limit']],
  },
  {
    name: 'whatever is left is enough',
    law: 5,
    file: 'src/counter.ts',
    edits: [['cost * policy.unit <= policy.ceiling - used', 'policy.ceiling - used > 0']],
  },
  {
    name: 'peek consumes',
    law: 6,
    file: 'src/deciding-gate.ts',
    edits: [["ask.mode === 'consume'", "ask.mode === 'consume' || ask.mode === 'peek'"]],
  },
  {
    name: 'peek shows what would be left',
    law: 6,
    file: 'src/policy-decision.ts',
    edits: [["outcome === 'charge' ? cost", "outcome !== 'refused' ? cost"]],
  },
  {
    name: 'a refund goes past the full quota',
    law: 7,
    file: 'src/deciding-gate.ts',
    edits: [['policy.giveBack(reading, cost * policy.unit, now, of)', 'reading.used -= cost * policy.unit']],
  },
  {
    name: 'a decision is taken back again',
    law: 7,
    file: 'src/requests.ts',
    edits: [['  forgetCharged(of)\n', '']],
  },
  {
    name: 'what a decision had counted leaves itself out',
    law: 7,
    file: 'src/requests.ts',
    edits: [['counted: countedWith(before, request.costs[i] as number)', 'counted: before']],
  },
  {
    name: 'a charge is not counted',
    law: 7,
    file: 'src/counter.ts',
    edits: [
      [
        'state.mark = Math.max(state.mark, now)\n  if (policy.counts) state.counted = countedWith(state.counted, cost)\n}',
        'state.mark = Math.max(state.mark, now)\n}',
      ],
    ],
  },
  {
    name: 'a refusal does not store what it re-dated',
    law: 10,
    file: 'src/deciding-gate.ts',
    edits: [['(admitted || step.reading.stale)', 'admitted']],
  },
  {
    name: 'who admits is charged although another refuses',
    law: 11,
    file: 'src/deciding-gate.ts',
    edits: [
      [
        '!(admitted || step.reading.stale)) return\n  if (admitted) charge',
        '!fits(step.policy, step.reading.used, cost)) return\n  charge',
      ],
    ],
  },
  {
    name: 'the shortest wait binds',
    law: 11,
    file: 'src/decision.ts',
    edits: [[': -own.retryAfterMs', ': own.retryAfterMs']],
  },
  {
    name: 'a signal is not told to the store',
    law: { file: 'packages/redis-script/src/script-store.test.ts', title: 'lets its caller go' },
    file: 'src/limiter.ts',
    edits: [['gate.apply([request], signal)', 'gate.apply([request])']],
  },
  {
    name: 'what is given back in an outage is given back here',
    law: { file: 'tests/core/fallback.test.ts', title: 'nothing is given back' },
    file: 'src/fallback.ts',
    edits: [["ask.mode === 'refund' ?", 'ask.mode.length < 0 ?']],
  },
  {
    name: 'a share of the quota is all of it',
    law: { file: 'tests/core/fallback.test.ts', title: 'each of 4 processes' },
    file: 'src/share.ts',
    edits: [['unit: policy.unit * weight', 'unit: policy.unit']],
  },
  {
    name: 'what is removed is still found in its map',
    law: { file: 'tests/core/entries.property.test.ts', title: 'are what a Map would hold' },
    file: 'src/memory/map-rows.ts',
    edits: [['tables[row & mask]?.rows.delete(keys[row & mask] as string)', '']],
  },
  {
    name: 'a free row is given out twice',
    law: { file: 'tests/core/entries.property.test.ts', title: 'are what a Map would hold' },
    file: 'src/memory/row-numbers.ts',
    edits: [['free.pop()', 'free.at(-1)']],
  },
  {
    name: 'a state is written into the row of its neighbour',
    law: { file: 'tests/core/entries.property.test.ts', title: 'are what a Map would hold' },
    file: 'src/memory/map-rows.ts',
    edits: [['const columns = 8', 'const columns = 6']],
  },
  {
    name: 'too few are protected',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that were touched last' },
    file: 'src/memory/rounds.ts',
    edits: [['Math.floor(maxKeys / 2)', 'Math.floor(maxKeys / 3)']],
  },
  {
    name: 'too few bytes are protected',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that were touched last' },
    file: 'src/memory/rounds.ts',
    edits: [['all.bytes - bytes < maxBytes / 2', 'all.bytes - bytes < maxBytes / 3']],
  },
  {
    name: 'what was touched again is counted twice',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that were touched last' },
    file: 'src/memory/entries.ts',
    edits: [['rounds.leave(stamp, rows.bytes(row))\n', '\n']],
  },
  {
    name: 'a touch leaves an entry as old as it was',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that were touched last' },
    file: 'src/memory/entries.ts',
    edits: [['stamp === rounds.current()', 'stamp === rows.stamp(row)']],
  },
  {
    name: 'an entry is added to a store that is half empty without it',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that fill a store from its half on' },
    file: 'src/memory/entries.ts',
    edits: [
      [
        'isHalfEmpty() ? untouched : makeRoomFor(own, now)',
        'size - 1 <= maxKeys / 2 && bytes - own <= maxBytes / 2 ? untouched : makeRoomFor(own, now)',
      ],
    ],
  },
  {
    name: 'what shrinks is touched',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that were touched last' },
    file: 'src/memory/entries.ts',
    edits: [['if (own <= before) return', 'if (own === before) return']],
  },
  {
    name: 'what shrinks takes up its round as before',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that shrink take up no more' },
    file: 'src/memory/entries.ts',
    edits: [['rounds.shrink(rows.stamp(row), before - own)', 'void own']],
  },
  {
    name: 'what grows stays as old as it was',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that were touched last' },
    file: 'src/memory/entries.ts',
    edits: [['rows.setStamp(row, rounds.touch(own))\n      makeRoom', 'rounds.touch(own)\n      makeRoom']],
  },
  {
    name: 'a round holds whatever comes',
    law: { file: 'tests/core/entries.property.test.ts', title: 'make room, where they are few' },
    file: 'src/memory/rounds.ts',
    edits: [['if (isFull(bytes)) open()', '']],
  },
  {
    name: 'any entry makes room, used up or not',
    law: { file: 'tests/core/entries.property.test.ts', title: 'make room, where they are few' },
    file: 'src/memory/entries.ts',
    edits: [['if (harm >= least) continue', 'if (found !== none) continue']],
  },
  {
    name: 'of many, the first that is found makes room',
    law: { file: 'tests/core/entries.property.test.ts', title: 'make room, where they are many' },
    file: 'src/memory/entries.ts',
    edits: [['seen < candidates', 'seen < 1']],
  },
  {
    name: 'what has expired is looked at once',
    law: { file: 'tests/core/entries.property.test.ts', title: 'that have expired are swept' },
    file: 'src/memory/entries.ts',
    edits: [['swept = after(swept)', 'swept = Math.min(swept + 1, rows.end() - 1)']],
  },
  {
    name: 'only the newest round is protected',
    law: 16,
    file: 'src/memory/rounds.ts',
    edits: [['rounds.has(stamp)', 'stamp === round']],
  },
  {
    name: 'a store that cannot hold a decision twice is taken',
    law: { file: 'tests/core/memory-store.test.ts', title: 'is refused by a limiter of' },
    file: 'src/memory/bounded-store.ts',
    edits: [['maxKeys < 2 * all.length', 'maxKeys < all.length']],
  },
  {
    name: 'each copy of core knows its own errors alone',
    law: { file: 'packages/core/src/errors.test.ts', title: "recognise each other's errors" },
    file: 'src/errors.ts',
    edits: [["const kind = Symbol.for('sluice.error')", "const kind = Symbol('sluice.error')"]],
  },
  {
    name: 'a refusal does not touch',
    law: 16,
    file: 'src/deciding-gate.ts',
    edits: [['if (step.place !== undefined) step.states.touch', 'if (step.hasExpired) step.states.touch']],
  },
  {
    name: 'a charge may move the mark back',
    law: 10,
    file: 'src/counter.ts',
    edits: [['* policy.unit\n  state.mark = Math.max(state.mark, now)', '* policy.unit\n  state.mark = now']],
  },
  {
    name: 'a decision writes where an entry lay that it has swept',
    law: { file: 'tests/core/memory-store.test.ts', title: 'forgets nothing of a decision that sweeps' },
    file: 'src/deciding-gate.ts',
    edits: [['step.hasExpired ? states.find(key) : step.place', 'step.place']],
  },
  {
    name: 'the table of one name is found under another',
    law: { file: 'tests/core/memory-store.test.ts', title: 'is shared by limiters of one name, and by no others' },
    file: 'src/memory/entries.ts',
    edits: [['`${name} ${slot} ${policyName} ${format}`', '`${policyName} ${format}`']],
  },
  {
    name: 'a client that throws a RangeError is taken for the caller',
    law: { file: 'tests/core/fallback.test.ts', title: 'a RangeError of a client is an error of the store' },
    file: 'src/limiter.ts',
    edits: [
      [
        'if (isCallersFault(error)) throw error',
        'if (isCallersFault(error) || error instanceof RangeError) throw error',
      ],
    ],
  },
  {
    name: 'all who are refused without a store come back at once',
    law: { file: 'tests/core/fallback.test.ts', title: 'closed tells callers to come back' },
    file: 'src/fallback.ts',
    edits: [['soonest + Math.floor(random() * spread)', 'soonest']],
  },
  {
    name: 'a decision on one key is given back on another',
    law: { file: 'tests/core/limiter.test.ts', title: 'of a peek, of a refund, of another key' },
    file: 'src/requests.ts',
    edits: [['isSameKey(note.request.key, refund.key)', 'charged !== undefined']],
  },
  {
    name: 'a charge that does not fit is dropped',
    law: 15,
    file: 'src/counter.ts',
    edits: [['if (used <= state.used) return false', 'return false']],
  },
  {
    name: 'a charge that does not fit counts up to the limit',
    law: 10,
    file: 'src/counter.ts',
    edits: [['policy.mostUsed ?? Number.MAX_SAFE_INTEGER', 'policy.ceiling']],
  },
  {
    name: 'a charge tells how long its own cost would wait',
    law: 15,
    file: 'src/policy-decision.ts',
    edits: [
      [
        'fits(policy, after.used, 1) ? 0 : policy.retryAfter(after, 1, now)',
        'fits(policy, after.used, cost) ? 0 : policy.retryAfter(after, cost, now)',
      ],
    ],
  },
  {
    name: 'the wait after a charge is of before it',
    law: 15,
    file: 'src/deciding-gate.ts',
    edits: [['view.wait = fits(policy, reading.used, 1) ? 0 : waitOf(policy, reading, 1, now)', '']],
  },
  {
    name: 'all policies count for the key of the first',
    law: 11,
    file: 'src/deciding-gate.ts',
    edits: [
      ["typeof key === 'string' ? key : (key[i] as string)", "typeof key === 'string' ? key : (key[0] as string)"],
    ],
  },
  {
    name: 'a decision may be given back by another of several keys',
    law: { file: 'tests/core/limiter.test.ts', title: 'of a refund must be those' },
    file: 'src/request-key.ts',
    edits: [['one.every((key, i) => key === other[i])', 'one.length === other.length']],
  },
  {
    name: 'keys by policy need no option',
    law: { file: 'tests/core/limiter.test.ts', title: 'need the option' },
    file: 'src/request-key.ts',
    edits: [["if (slot !== 'limiter') {", 'if (slot === undefined) {']],
  },
  {
    name: 'another slot counts for the same state',
    law: { file: 'tests/core/limiter.test.ts', title: 'starts afresh' },
    file: 'src/memory/entries.ts',
    edits: [['${name} ${slot} ${policyName}', '${name} ${policyName}']],
  },
  {
    name: 'a policy in shadow mode refuses',
    law: 19,
    file: 'src/deciding-gate.ts',
    edits: [[' || shadow?.[i] === true)', ')']],
  },
  {
    name: 'a policy in shadow mode is charged what it refuses',
    law: 19,
    file: 'src/deciding-gate.ts',
    edits: [['admitted && (shadow?.[i] !== true || fits(step.policy, step.reading.used, cost))', 'admitted']],
  },
  {
    name: 'a policy in shadow mode binds',
    law: 19,
    file: 'src/shadow-decision.ts',
    edits: [['shadow.every(Boolean) ? indexes : indexes.filter((i) => !shadow[i])', 'indexes']],
  },
  {
    name: 'a charge in shadow mode counts only where all admit it',
    law: 19,
    file: 'src/shadow-decision.ts',
    edits: [["(allowed || (mode === 'charge' && shadow[i] === true))", 'allowed']],
  },
  {
    name: 'a refund gives back what a policy in shadow mode never charged',
    law: { file: 'tests/core/shadow.test.ts', title: 'takes back what it has charged' },
    file: 'src/requests.ts',
    edits: [['Math.min(cost, policies[names[i] as string]?.cost ?? 0)', 'cost']],
  },
  {
    name: 'a limiter in shadow mode refuses without its store',
    law: { file: 'tests/core/shadow.test.ts', title: 'refuses nothing without its store' },
    file: 'src/fallback.ts',
    edits: [['longestWait(policies, setAside(decisions, shadow), shadow)', 'longestWait(policies, decisions, shadow)']],
  },
  {
    name: 'a part of the keys is any part',
    law: { file: 'tests/core/shadow.test.ts', title: 'and for more, as it grows' },
    file: 'src/shadow-mode.ts',
    edits: [['placeOf(name, key) < enforce', 'Math.abs(placeOf(name, key) - enforce) < enforce / 2']],
  },
]
