import { randomUUID } from 'node:crypto'
import { receiptsKey, storedKey } from '@sluice/redis-script'
import { advice, type Finding, fine, wrong } from './finding.ts'
import type { ClosableDocument } from './open-store.ts'
import type { RedisNode, RedisNodes } from './redis-nodes.ts'
import { scriptTrials } from './script-trials.ts'
import { clusterFinding, type ServerInfo, serverFindings, serverInfo } from './server-findings.ts'
import { spanText } from './spelled.ts'
import { type Trouble, trialError, troubleOf } from './trouble.ts'

/** Tries what limiters need of their store on Redis, one after the other, as far as each can be tried. */
export async function examineStore(opened: ClosableDocument, nodes: RedisNodes): Promise<readonly Finding[]> {
  const trouble = (error: unknown): Trouble => troubleOf(error, opened.prefix)
  const patient = inTime(nodes)
  try {
    await patient.command('PING')
  } catch (error) {
    const { code, remedy } = troubleOf(error, opened.prefix, opened.told())
    return [wrong('reachable', `no: ${code}`, remedy)]
  }
  // In this order: a script that goes unanswered may leave the connection useless.
  const servers = await serversFindings(patient, trouble)
  const scripts = await scriptFindings(patient, opened, trouble)
  const isWell = scripts.every(({ level }) => level !== 'wrong')
  return [
    fine('reachable', `yes, by ${opened.checked.store.driver}`),
    ...servers,
    ...scripts,
    ...(isWell ? await decisionFindings(patient, opened, trouble) : []),
  ]
}

const patienceMs = 2000

/** The same nodes, of which none is waited for without end. */
function inTime(nodes: RedisNodes): RedisNodes {
  const patient = ({ command }: RedisNode): RedisNode => ({
    command: (...args) => {
      let timer: NodeJS.Timeout | undefined
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(trialError('SILENT')), patienceMs)
      })
      return Promise.race([command(...args), silence]).finally(() => clearTimeout(timer))
    },
  })
  return { kind: nodes.kind, ...patient(nodes), masters: async () => (await nodes.masters()).map(patient) }
}

type TroubleOf = (error: unknown) => Trouble

/** What each server says of itself; what several say alike is told once. */
async function serversFindings(nodes: RedisNodes, trouble: TroubleOf): Promise<readonly Finding[]> {
  const found: Finding[] = []
  let info: ServerInfo = new Map()
  for (const master of await nodes.masters()) {
    try {
      info = serverInfo(await master.command('INFO'))
      found.push(...serverFindings(info))
    } catch (error) {
      const { code, remedy } = trouble(error)
      found.push(advice('INFO', `${code}: version, role, memory and persistence cannot be told`, remedy))
    }
    found.push(await clockFinding(master, trouble))
  }
  const cluster = await clusterFinding(info, nodes)
  if (cluster !== undefined) found.push(cluster)
  const seen = new Set<string>()
  return found.filter((one) => {
    const text = JSON.stringify(one)
    return seen.has(text) ? false : seen.add(text)
  })
}

const offsetThatMatters = 500

/** How far the server's clock, which decides, is from the one here. */
async function clockFinding(node: RedisNode, trouble: TroubleOf): Promise<Finding> {
  try {
    const before = Date.now()
    const [seconds, micros] = (await node.command('TIME')) as readonly [unknown, unknown]
    const offset = Number(seconds) * 1000 + Number(micros) / 1000 - (before + Date.now()) / 2
    const off = Math.abs(offset)
    if (off < offsetThatMatters) return fine('clock', `within ${spanText(offsetThatMatters)} of the one here`)
    return advice(
      'clock',
      `${spanText(off)} ${offset > 0 ? 'ahead of' : 'behind'} the one here`,
      'The server decides by its own clock, so limits hold; let NTP set both, for what a failover and logs compare.',
    )
  } catch (error) {
    const { code, remedy } = trouble(error)
    return wrong('clock', `TIME: ${code}`, remedy)
  }
}

/** What a server says of one command, so that the next may be tried on the same connection. */
const goesOn: readonly string[] = ['NOPERM', 'OOM', 'UNKNOWN_COMMAND', 'SCRIPT_CHECK', 'LUA', 'NOSCRIPT']

/** Tries what scripts need. After a failure of another kind what comes back may be the answer to what was sent before. */
async function scriptFindings(
  nodes: RedisNodes,
  { prefix }: ClosableDocument,
  trouble: TroubleOf,
): Promise<readonly Finding[]> {
  const key = `doctor:${randomUUID()}`
  const keys = ['1', '2', '3'].map((policy) => storedKey(prefix, key, 'doctor', policy, 'trial'))
  const failed = new Map<string, { readonly needs: string[]; readonly remedy: string }>()
  const works: string[] = []
  for (const { needs, attempt } of scriptTrials) {
    try {
      await attempt(nodes, keys)
      works.push(needs)
    } catch (error) {
      const { code, remedy } = trouble(error)
      failed.set(code, { needs: [...(failed.get(code)?.needs ?? []), needs], remedy })
      if (!goesOn.includes(code)) break
    }
  }
  const wrongs = [...failed].map(([code, { needs, remedy }]) =>
    wrong('scripts', `${needs.join(', ')}: ${code}`, remedy),
  )
  return [...(works.length === 0 ? [] : [fine('scripts', works.join(', '))]), ...wrongs]
}

/** Decides once by each limiter of the document, for a key of its own, and takes it back. */
async function decisionFindings(
  nodes: RedisNodes,
  opened: ClosableDocument,
  trouble: TroubleOf,
): Promise<readonly Finding[]> {
  const key = `doctor:${randomUUID()}`
  const failed: Finding[] = []
  const works: string[] = []
  for (const [name, limiter] of Object.entries(opened.limiters)) {
    try {
      const decision = await limiter.consume(key)
      await limiter.refund(key, { of: decision })
      await limiter.reset(key)
      await forgetRefunds(nodes, opened, [key, name])
      works.push(name)
    } catch (error) {
      const { code, remedy } = trouble(error)
      failed.push(wrong('decisions', `${name}: ${code}`, remedy))
    }
  }
  return [...(works.length === 0 ? [] : [fine('decisions', `made and taken back by ${works.join(', ')}`)]), ...failed]
}

/** A refund leaves behind that it was given, for as long as it might be sent again. */
async function forgetRefunds(
  nodes: RedisNodes,
  { checked, prefix }: ClosableDocument,
  [key, name]: readonly [string, string],
): Promise<void> {
  const { policies, options } = checked.limiters[name] as ClosableDocument['checked']['limiters'][string]
  for (const [policy, { format }] of Object.entries(policies)) {
    await nodes.command('DEL', receiptsKey(storedKey(prefix, key, name, policy, format, options.slot)))
  }
}
