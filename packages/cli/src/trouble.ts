import { codeOf } from '@sluice/core/internal'

/** What is wrong, in a word, and what to do about it. */
export interface Trouble {
  readonly code: string
  readonly remedy: string
}

const notPermitted = (prefix: string): string =>
  `Let the user do it: ACL SETUSER <user> ~${prefix}:* +evalsha +eval +time +get +set +getrange +setrange +exists +del +pexpireat +pttl +zadd +zremrangebyscore +ping +info; on a Cluster also +cluster|slots +cluster|info +asking.`

/** What to do about each code. */
const remedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nobody listens at that address: start the server, or correct host and port.',
  ENOTFOUND: 'The name of the host is not known here: correct it, or the DNS.',
  EAI_AGAIN: 'The name of the host cannot be looked up: see whether the DNS answers.',
  ETIMEDOUT: 'No answer from that address: see firewalls and security groups, host and port.',
  EHOSTUNREACH: 'No way leads to that address: see routes and firewalls.',
  ECONNRESET: 'The connection is cut: see whether TLS is wanted (rediss://) or not, and what proxy stands between.',
  WRONGPASS: 'User or password is wrong: correct `username` and `password` of the store, or those in its URL.',
  NOAUTH: 'The server wants a password: set `password` of the store, and `username` if it has users.',
  READONLY: 'It is a replica, which takes no writes: give the address of the master, or use `sentinel` or `cluster`.',
  LOADING: 'It is reading its data from disk: wait; limits hold by `failure` until then.',
  MASTERDOWN: 'It is a replica that has lost its master: give the address of the master, or bring it back.',
  BUSY: 'A script runs for too long, and nothing else does: end it with SCRIPT KILL, and find who sends it. Give limits a Redis of their own.',
  OOM: 'The memory is full, and nothing may be forgotten: raise maxmemory, or set maxmemory-policy volatile-lfu.',
  MISCONF:
    'It cannot save to its disk and therefore refuses writes: make room there, or set stop-writes-on-bgsave-error no.',
  NOREPLICAS: 'Too few replicas are in step, as min-replicas-to-write asks: bring them back.',
  CLUSTERDOWN: 'The Cluster does not serve all its slots: see CLUSTER INFO, and bring the missing node back.',
  MOVED: 'It is one node of a Cluster, and others hold the key: write `cluster: { nodes }` in place of `url`.',
  CROSSSLOT: 'It is a Cluster: write `cluster: { nodes }` in place of `url`.',
  NOSCRIPT: 'It forgets scripts at once, or a proxy asks another server each time: send all of a client to one server.',
  NO_CLUSTER: 'The server is no Cluster: write `url` in place of `cluster`.',
  NO_NODES:
    'None of the nodes answers as one of a Cluster: see addresses and password, and write `url` where there is no Cluster.',
  UNKNOWN_COMMAND:
    'The command is disabled or not known there: permit it (rename-command, or the settings of the service).',
  SCRIPT_CHECK:
    'A proxy reads scripts and wants each key written as KEYS[1]: switch that check off (Alibaba Cloud: script_check_enable 0), or connect past the proxy.',
  LUA: 'Its Lua lacks what scripts need: use Redis 6.2 or later, or Valkey.',
  WRONG_REPLY: 'What comes back is not the answer: a proxy drops or changes what is sent. Connect past it.',
  CUT: 'The connection is cut when that is sent: see the limits of the server, and what proxy stands between.',
  SILENT: 'No answer came: the server is stopped, runs a long script, or a proxy drops what is sent.',
}

const unknown = 'See what the server logs at this moment.'

interface Pattern {
  readonly says: RegExp
  readonly code: string
}

/** Replies whose first word says too little; those before 7.0 wrap what a command inside a script says. */
const patterns: readonly Pattern[] = [
  { says: /KEYS should not be in expression|bad lua script for redis cluster/i, code: 'SCRIPT_CHECK' },
  { says: /can't run this command|can't access at least one of the keys|^NOPERM\b/i, code: 'NOPERM' },
  { says: /cluster support disabled/i, code: 'NO_CLUSTER' },
  { says: /nonexistent global variable|attempt to (index|call)|^ERR Error compiling/i, code: 'LUA' },
  { says: /unknown (redis )?command/i, code: 'UNKNOWN_COMMAND' },
]
const wrapped =
  /\b(READONLY|LOADING|MASTERDOWN|NOAUTH|WRONGPASS|BUSY|OOM|MISCONF|NOREPLICAS|CLUSTERDOWN|MOVED|CROSSSLOT)\b/

/** What an error of a command means, and what to do. Says nothing that the error says: it may hold an address, a key or a password. */
export function troubleOf(error: unknown, prefix: string, ofClient?: string): Trouble {
  const own = error instanceof Error ? replied(error) : 'UNKNOWN'
  // A client that is not connected only says so; why is what it told before.
  const saysLittle = saysNotWhy.includes(own) || !(own in remedies || own === 'NOPERM')
  const code = ofClient !== undefined && saysLittle ? plainly(ofClient) : own
  return { code, remedy: code === 'NOPERM' ? notPermitted(prefix) : (remedies[code] ?? unknown) }
}

/** What a connection is refused for is told once, by the client; commands only meet what comes of it. */
const saysNotWhy: readonly string[] = ['CUT', 'SILENT', 'NOAUTH']

function replied(error: Error): string {
  const { message, cause } = error
  const whole = cause instanceof Error ? `${message} ${cause.message}` : message
  return patterns.find(({ says }) => says.test(whole))?.code ?? wrapped.exec(whole)?.[1] ?? plainly(codeOf(error))
}

/** What clients have names of their own for: a connection that was lost with an answer awaited, and one that is silent. */
function plainly(code: string): string {
  if (cuts.includes(code)) return 'CUT'
  if (code === 'ClusterAllFailedError' || code === 'RootNodesUnavailableError') return 'NO_NODES'
  return silences.includes(code) ? 'SILENT' : code
}

const cuts: readonly string[] = [
  'CONNECTION_CLOSED',
  'MaxRetriesPerRequestError',
  'SocketClosedUnexpectedlyError',
  'DisconnectsClientError',
]
const silences: readonly string[] = [
  'SocketTimeoutError',
  'SOCKET_TIMEOUT',
  'TimeoutError',
  'COMMAND_TIMEOUT',
  'DEADLINE',
]

/** An error of a trial, which has a code of our own. */
export function trialError(code: 'WRONG_REPLY' | 'SILENT'): Error {
  return Object.assign(new Error(`Expected an answer, got none that fits (${code})`), { code })
}
