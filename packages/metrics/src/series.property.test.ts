import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mostSeries, seriesTable } from './series.ts'

const names = ['a', 'b', 'c']
// Also what joined texts would mix up: a value with a separator in it, an empty one.
const value = fc.oneof(fc.constantFrom('', ' ', 'x', 'x y', 'y', '__proto__', '_OTHER'), fc.string())

describe('series', () => {
  it('are one for each combination of values, and what is counted is nowhere lost', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value), { maxLength: 200 }), (all) => {
        const table = seriesTable(names, () => ({ value: 0 }))
        const wanted = new Map<string, number>()
        for (const values of all) {
          table.at(...values).value += 1
          const series = JSON.stringify(values)
          wanted.set(series, (wanted.get(series) ?? 0) + 1)
        }
        const found = [...table.all()].map(([attributes, cell]) => [
          JSON.stringify(names.map((name) => attributes[name])),
          cell.value,
        ])
        expect(new Map(found as [string, number][])).toEqual(wanted)
        expect(found).toHaveLength(wanted.size)
      }),
    )
  })

  it('are never more than so many and one, and what is beyond counts there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: mostSeries - 2, max: mostSeries + 50 }),
        fc.integer({ min: 1, max: 3 }),
        (distinct, times) => {
          const table = seriesTable(['a', 'b'], () => ({ value: 0 }))
          for (let i = 0; i < times * distinct; i += 1) table.at(`${i % distinct}`, 'b').value += 1
          const series = [...table.all()]
          expect(series).toHaveLength(Math.min(distinct, mostSeries + 1))
          expect(series.reduce((sum, [, cell]) => sum + cell.value, 0)).toBe(times * distinct)
          const beyond = Math.max(0, distinct - mostSeries)
          const [last, cell] = series.at(-1) ?? []
          expect(cell?.value).toBe(beyond > 0 ? times * beyond : times)
          expect(last).toEqual(beyond > 0 ? { a: '_OTHER', b: '_OTHER' } : { a: `${distinct - 1}`, b: 'b' })
        },
      ),
      { numRuns: 20 },
    )
  })
})
