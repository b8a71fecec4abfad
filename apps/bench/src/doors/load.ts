import autocannon from 'autocannon'
import { serveTasks } from '../helper-process.ts'
import { connections, type LoadTask, userField } from './task.ts'

/** In turns, so that no key is hot. */
const requests = Array.from({ length: 1000 }, (_, i) => ({ headers: { [userField]: `user:${i}` } }))

// Requests a second, from the first response to the last: how long autocannon takes to begin and to end is left out.
serveTasks(async ({ url, requests: amount }: LoadTask): Promise<number> => {
  let [first, last, answered, refused] = [0, 0, 0, 0]
  await new Promise<void>((resolve, reject) => {
    const done = (error: unknown, result: autocannon.Result): void => {
      if (error) reject(error)
      else if (result.errors > 0) reject(new Error(`Expected ${url} to answer, ${result.errors} requests failed`))
      else resolve()
    }
    autocannon({ url, connections, amount, requests, sampleInt: 100 }, done).on('response', (_client, status) => {
      last = performance.now()
      if (answered === 0) first = last
      answered += 1
      if (status !== 200) refused += 1
    })
  })
  if (refused > 0) throw new Error(`Expected ${url} to admit all requests, it refused ${refused}`)
  return (answered - 1) / ((last - first) / 1000)
})
