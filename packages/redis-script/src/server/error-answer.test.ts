import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { clientError as ofIoredis } from '../../../stores/ioredis/src/client-error.ts'
import { clientError as ofRedis } from '../../../stores/redis/src/client-error.ts'
import { errorAnswers } from './error-answer.ts'

const errorAnswer = errorAnswers()
const answersOf = [errorAnswers(ofIoredis), errorAnswers(ofRedis)]

const withCode = (code: string, error: Error = new Error('')): Error => Object.assign(error, { code })

describe('an error that a client rejects a script with', () => {
  it.each([
    "READONLY You can't write against a read only replica. script: 492690f9, on @user_script:1.",
    "ERR Error running script (call to f_4926): @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'NOAUTH Authentication required.',
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    "OOM command not allowed when used memory > 'maxmemory'. script: 492690f9, on @user_script:1.",
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
    'NOREPLICAS Not enough good replicas to write. script: 492690f9, on @user_script:1.',
    'CLUSTERDOWN The cluster is down',
    'DENIED Redis is running in protected mode',
    'ERR max number of clients reached',
    'connect ECONNREFUSED 127.0.0.1:6379',
  ])('that says something of the server is one for all limiters: %s', (message) => {
    expect(errorAnswer(new Error(message)).of).toBe('server')
  })

  it.each([
    withCode('ECONNREFUSED'),
    withCode('EAI_AGAIN'),
    withCode('ERR_TLS_CERT_ALTNAME_INVALID'),
    withCode('DEPTH_ZERO_SELF_SIGNED_CERT'),
    withCode('ERR_SOCKET_BAD_PORT', new RangeError('Port should be >= 0 and < 65536. Received type number (70000).')),
  ])('says by its code that the way to the server is broken: $code', (error) => {
    expect(errorAnswer(error).of).toBe('server')
  })

  it.each([
    new Error('ERR Error compiling script (new function): user_script:1142: function or expression too complex'),
    new Error('NOPERM this user has no permissions to access one of the keys used as arguments'),
    new Error(
      "ERR The user executing the script can't run this command or subcommand script: 492690f9, on @user_script:1.",
    ),
    new Error("ERR wrong number of arguments for 'evalsha' command"),
    new Error("ERR unknown command 'EXISTS', with args beginning with: 'sluice:{READONLY }:a:b:tb1'"),
    new Error('The queue is full'),
    new Error('Command timed out'),
    new RangeError('Invalid string length'),
    new TypeError('Cannot read properties of undefined'),
    withCode('ERR_OUT_OF_RANGE', new RangeError('out of range')),
    'no error at all',
    undefined,
  ])('that is not known to be of the server is of the limiter that met it: %s', (why) => {
    expect(errorAnswer(why).of).toBe('limiter')
  })

  it.each([
    new Error('TRYAGAIN Multiple keys request during rehashing of slot'),
    new Error('MOVED 5461 10.0.0.1:6379'),
    new Error('ASK 5461 10.0.0.1:6379'),
    new Error('CLUSTERDOWN Hash slot not served'),
  ])('that says something of a slot is held against nobody: %s', (error) => {
    expect(errorAnswer(error).of).toBe('slot')
  })

  it('is asked of the client where the server would not say it', () => {
    const answers = errorAnswers(({ message }) => (message === 'lost' ? { of: 'server' } : undefined))
    expect(answers(new Error('lost')).of).toBe('server')
    expect(answers(new Error('found')).of).toBe('limiter')
    // An error like any other, unless the client says so.
    expect(errorAnswer(new Error('lost')).of).toBe('limiter')
    const all = errorAnswers(() => ({ of: 'slot' }))
    expect(all(new Error('READONLY …')).of).toBe('server')
  })

  it('that says that nothing was executed says how to send it again', () => {
    const again = (message: string): unknown => errorAnswer(new Error(message)).again
    expect(again('NOSCRIPT No matching script. Please use EVAL.')).toBe('with source')
    expect(again('TRYAGAIN Multiple keys request during rehashing of slot')).toBe('after a pause')
    expect(again("CROSSSLOT Keys in request don't hash to the same slot")).toBe('by slot')
    expect(again('ERR no script')).toBeUndefined()
  })

  it.each([
    ["ERR unknown command 'EVALSHA', with args beginning with: 'a' '1'", 'server', 'SLUICE_NO_SCRIPTS'],
    ['ERR unknown command `EVALSHA`, with args beginning with: `a`', 'server', 'SLUICE_NO_SCRIPTS'],
    ["ERR unknown command 'EVAL', with args beginning with: 'a'", 'limiter', 'SLUICE_NO_EVAL'],
    [
      'ERR bad lua script for redis cluster, all the keys … KEYS should not be in expression',
      'limiter',
      'SLUICE_SCRIPT_CHECK',
    ],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'limiter', 'SLUICE_CROSSSLOT'],
    ['MOVED 5461 10.0.0.1:6379', 'slot', 'SLUICE_MOVED'],
  ])('that the user can do something about comes with advice: %s', (message, of, code) => {
    expect(errorAnswer(new Error(message))).toMatchObject({ of, advice: { code } })
  })
})

describe('docs/operating.md', async () => {
  const text = await readFile(new URL('../../../../docs/operating.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| (`.+?) +\| (server|limiter|slot) +\| (.+?) +\|$/gm)].map(
    ([, says = '', of, does = '']) => {
      return { messages: [...says.matchAll(/`([^`]+)`/g)].map(([, message]) => `${message} …`), of, does }
    },
  )

  it('states the answer to each error that a row knows', () => {
    expect(rows.flatMap(({ messages }) => messages).length).toBeGreaterThan(20)
    for (const { messages, of, does } of rows) {
      for (const message of messages) {
        // Some of it only one of the clients says.
        const answers = answersOf.map((answerTo) => answerTo(new Error(message)))
        expect(answers.map((answer) => [message, answer.of])).toContainEqual([message, of])
        const warning = /`(SLUICE_\w+)`/.exec(does)?.[1]
        if (!does.startsWith('the same,') || warning !== undefined)
          expect(answers.map(({ advice }) => [message, advice?.code])).toContainEqual([message, warning])
      }
    }
  })
})
