import { createHash, randomUUID } from 'node:crypto'
import type { RedisNode } from './redis-nodes.ts'
import { trialError } from './trouble.ts'

/** Something that scripts need, and how it is tried on keys of one slot. Rejects when it does not work. */
export interface ScriptTrial {
  readonly needs: string
  readonly attempt: (node: RedisNode, keys: readonly string[]) => Promise<void>
}

const echo = 'return ARGV[1]'

/** What the scripts of limiters need, one after the other: what comes later needs what came before. */
export const scriptTrials: readonly ScriptTrial[] = [
  trial('EVAL', echo, 1, randomUUID),
  {
    needs: 'EVALSHA',
    attempt: async (node, [key = '']) => {
      const sent = randomUUID()
      const sha = createHash('sha1').update(echo).digest('hex')
      expectReply(await node.command('EVALSHA', sha, '1', key, sent), sent)
    },
  },
  trial('scripts with several keys', 'return #KEYS .. ARGV[1]', 3, randomUUID, (sent) => `3${sent}`),
  trial(
    'keys that a script computes',
    "local first = 1\nlocal found = redis.call('EXISTS', KEYS[first + 1])\nreturn found .. ARGV[1]",
    2,
    randomUUID,
    (sent) => `0${sent}`,
  ),
  trial('TIME', "local now = redis.call('TIME')\nreturn #now .. ARGV[1]", 1, randomUUID, (sent) => `2${sent}`),
  trial('struct', "return #struct.pack('<dd', 1, 2) .. ARGV[1]", 1, randomUUID, (sent) => `16${sent}`),
  // Writes and takes back; the key would expire within a minute.
  trial('SET with PXAT', write("redis.call('GET', KEYS[1])"), 1, randomUUID),
  trial(
    'SETRANGE and GETRANGE',
    write("redis.call('SETRANGE', KEYS[1], 0, 'x') and redis.call('GETRANGE', KEYS[1], 0, 2)"),
    1,
    randomUUID,
    (sent) => `x${sent.slice(1, 3)}`,
  ),
]

function write(read: string): string {
  return `local now = redis.call('TIME')
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', string.format('%d', now[1] * 1000 + 60000))
local got = ${read}
redis.call('DEL', KEYS[1])
return got`
}

function trial(
  needs: string,
  source: string,
  keyCount: number,
  argument: () => string,
  expected: (sent: string) => string = (sent) => sent,
): ScriptTrial {
  return {
    needs,
    attempt: async (node, keys) => {
      const sent = argument()
      const reply = await node.command('EVAL', source, `${keyCount}`, ...keys.slice(0, keyCount), sent)
      expectReply(reply, expected(sent))
    },
  }
}

/** Where something between drops a command, the answer to another takes its place. */
function expectReply(reply: unknown, expected: string): void {
  if (String(reply) !== expected) throw trialError('WRONG_REPLY')
}
