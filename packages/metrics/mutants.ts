import type { Mutant } from '../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'a metric has as many series as there are names',
    law: { file: 'packages/metrics/src/series.property.test.ts', title: 'are never more than so many' },
    file: 'src/series.ts',
    edits: [['series.length >= mostSeries', 'series.length >= Infinity']],
  },
  {
    name: 'what is beyond the last series is lost',
    law: { file: 'packages/metrics/src/series.property.test.ts', title: 'are never more than so many' },
    file: 'src/series.ts',
    edits: [['other ??= added(names.map(() => otherValue))', 'other = make({})']],
  },
  {
    name: 'a decision of consumeMany is counted for the first policy, not for the one that binds',
    law: { file: 'tests/metrics/sees-every-decision.test.ts', title: 'the SDK is given exactly the decisions' },
    file: 'src/count-messages.ts',
    edits: [
      [
        'at(limiter, decisive, algorithm, outcomeOf',
        'at(limiter, Object.keys(message.policies)[0] as string, algorithm, outcomeOf',
      ],
    ],
  },
  {
    name: 'what the fallback admits counts as usage of the quota',
    law: { file: 'tests/metrics/sees-every-decision.test.ts', title: 'the SDK is given exactly the decisions' },
    file: 'src/count-messages.ts',
    edits: [["if (allowed && source === 'store')", 'if (allowed)']],
  },
  {
    name: 'a value at a bound counts above it',
    law: { file: 'packages/metrics/src/limiter-metrics.test.ts', title: 'says how much of each quota' },
    file: 'src/histogram.ts',
    edits: [['value > (bounds[bucket] as number)', 'value >= (bounds[bucket] as number)']],
  },
  {
    name: 'levels add up from one reading to the next',
    law: { file: 'packages/metrics/src/limiter-metrics.test.ts', title: 'says how many entries it has' },
    file: 'src/count-messages.ts',
    edits: [['cell.value = 0', 'void cell']],
  },
]
