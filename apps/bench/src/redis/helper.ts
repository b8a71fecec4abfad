import { createHook } from 'node:async_hooks'
import { type Contender, expectToDecide } from '../contender.ts'
import { serveTasks } from '../helper-process.ts'
import { median } from '../median.ts'
import { type ClientKind, connect } from './connect.ts'
import { contendersOver } from './contenders.ts'
import type { RedisOutcome, RedisTask } from './task.ts'

const nothing: RedisOutcome = { rate: 0, cpuUs: 0, p50Us: 0, timers: 0 }
const keys = {
  '10 k keys': Array.from({ length: 10_000 }, (_, i) => `user:${(i * 7919) % 10_000}`),
  'hot key': ['user:0'],
}
let contender: Contender | undefined

serveTasks(async (task: RedisTask): Promise<RedisOutcome> => {
  if ('open' in task) {
    contender = await open(task.open, task.kind, task.url)
    return nothing
  }
  if (contender === undefined) throw new Error('Expected to be connected first')
  if ('timersOf' in task) return { ...nothing, timers: await timersOf(contender, task.timersOf) }
  return load(contender, keys[task.load], task.inFlight, task.forMs)
})

async function open(name: string, kind: ClientKind, url: string): Promise<Contender> {
  const connected = await connect(kind, url)
  const found = contendersOver(kind).find((each) => each.name === name)
  if (found === undefined) throw new Error(`Expected a contender over ${kind}, got ${name}`)
  const opened = await found.open(connected, 'ample')
  await expectToDecide(name, opened, 'ample')
  return opened
}

/** A closed loop: so many callers, each of whom asks again as soon as it has its answer. */
async function load(
  { decide }: Contender,
  own: readonly string[],
  inFlight: number,
  forMs: number,
): Promise<RedisOutcome> {
  const waits: number[] = []
  let running = true
  let decisions = 0
  const call = async (): Promise<void> => {
    const key = own[decisions % own.length] as string
    decisions += 1
    await decide(key)
  }
  const caller = async (): Promise<void> => {
    while (running) await call()
  }
  const loneCaller = async (): Promise<void> => {
    while (running) {
      const asked = performance.now()
      await call()
      waits.push(performance.now() - asked)
    }
  }

  setTimeout(() => {
    running = false
  }, forMs)
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  await (inFlight === 1 ? loneCaller() : Promise.all(Array.from({ length: inFlight }, caller)))
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return {
    ...nothing,
    rate: decisions / seconds,
    cpuUs: (user + system) / decisions,
    p50Us: waits.length === 0 ? 0 : median(waits) * 1000,
  }
}

/** How many timers are made in the course of so many decisions, half of them one by one, half at once. */
async function timersOf({ decide }: Contender, decisions: number): Promise<number> {
  let timers = 0
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'Timeout') timers += 1
    },
  })
  hook.enable()
  for (let i = 0; i < decisions / 2; i += 1) await decide(`user:${i}`)
  await Promise.all(Array.from({ length: decisions / 2 }, (_, i) => decide(`user:${i}`)))
  hook.disable()
  return timers
}
