import { expect, it } from 'vitest'
import { readAccessLog } from './access-log.ts'

const line = (client: string): string => `${client} - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 12`

it('keeps what it can read, and says which lines it could not', async () => {
  const log = await readAccessLog([line('192.0.2.1'), '', 'junk', line('192.0.2.2'), '   ', 'more junk'])
  expect(log.records.map(({ client }) => client)).toEqual(['192.0.2.1', '192.0.2.2'])
  expect(log.malformed).toEqual([3, 6])
})

it('reads lines as they come', async () => {
  async function* lines(): AsyncGenerator<string> {
    yield line('192.0.2.1')
    yield 'junk'
  }
  expect(await readAccessLog(lines())).toMatchObject({ records: [{ client: '192.0.2.1' }], malformed: [2] })
})

it('is empty for an empty log', async () => {
  expect(await readAccessLog([])).toEqual({ records: [], malformed: [] })
})
