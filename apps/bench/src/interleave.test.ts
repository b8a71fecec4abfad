import { expect, it } from 'vitest'
import { interleave } from './interleave.ts'

it('takes turns, and gives the median of each', async () => {
  const asked: string[] = []
  const values = { a: [5, 1, 3], b: [10, 30, 20] }
  const measure = async (name: 'a' | 'b'): Promise<number> => {
    asked.push(name)
    return values[name].shift() ?? 0
  }
  expect(await interleave({ names: ['a', 'b'], rounds: 3, measure })).toEqual({ a: 3, b: 20 })
  expect(asked).toEqual(['a', 'b', 'a', 'b', 'a', 'b'])
})
