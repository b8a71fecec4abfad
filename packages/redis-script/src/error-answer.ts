/** What is done about an error that a client rejects a script with. */
export interface ErrorAnswer {
  /**
   * What it is an error of. The server, or the way to it: all limiters of the store are told. A limiter (its script, its keys, its
   * permissions) or a slot of a Cluster: nobody else is.
   */
  readonly of: 'server' | 'limiter' | 'slot'
  /** Whether each is a failure by itself, because the server said so. Many fail together when one connection breaks. */
  readonly counts?: 'each'
  /** How what was refused, and was not executed, is sent again: with the script's source, after a pause, or slot by slot. */
  readonly again?: 'with source' | 'after a pause' | 'by slot'
  /** What the user can do about it: the process is warned once, with a code. */
  readonly advice?: { readonly code: `SLUICE_${string}`; readonly text: string }
}

interface Row extends ErrorAnswer {
  readonly says: RegExp
}

/** Everything that is known to be said, and the answer to it; the first row that matches. docs/operating.md has the same table. */
const rows: readonly Row[] = [
  { says: /^NOSCRIPT\b/, of: 'limiter', again: 'with source' },
  {
    says: /^CROSSSLOT\b/,
    of: 'limiter',
    again: 'by slot',
    advice: {
      code: 'SLUICE_CROSSSLOT',
      text: 'The server is a node of a Cluster and refuses keys of several slots in one script. From now on each slot has scripts of its own. A Cluster client would do so from the start, and also reach other nodes',
    },
  },
  { says: /^TRYAGAIN\b/, of: 'slot', again: 'after a pause' },
  {
    says: /^MOVED\b/,
    of: 'slot',
    advice: {
      code: 'SLUICE_MOVED',
      text: 'The server is a node of a Cluster whose other nodes hold some of the keys, which this client cannot reach. Give the store a Cluster client',
    },
  },
  { says: /^ASK\b|^CLUSTERDOWN Hash slot not served|^Too many Cluster redirections/, of: 'slot' },
  // Before all that looks inside: this reply repeats arguments, and so keys.
  {
    says: /^ERR unknown command [`']?EVALSHA\b/i,
    of: 'server',
    advice: {
      code: 'SLUICE_NO_SCRIPTS',
      text: 'The server runs no Lua scripts: EVALSHA is unknown to it. Use a Redis or Valkey that does, or another store',
    },
  },
  {
    says: /^ERR unknown command [`']?EVAL\b/i,
    of: 'limiter',
    advice: {
      code: 'SLUICE_NO_EVAL',
      text: 'The server does not have the script yet, and EVAL, which would bring it, is unknown there. Permit EVAL',
    },
  },
  { says: /^ERR unknown command\b/i, of: 'limiter' },
  {
    says: /^ERR bad lua script for redis cluster/i,
    of: 'limiter',
    advice: {
      code: 'SLUICE_SCRIPT_CHECK',
      text: 'A proxy before the server refuses scripts after a static check of their text. Set script_check_enable to 0',
    },
  },
  {
    says: /All keys in the pipeline should belong to the same slots? allocation group/,
    of: 'limiter',
    advice: {
      code: 'SLUICE_OLD_CLIENT',
      text: 'ioredis below 5.11 with enableAutoPipelining sends scripts to the wrong node of a Cluster. Use ioredis 5.11 or later',
    },
  },
  // Servers before 7.0 wrap what a command inside a script says.
  {
    says: /^(?:ERR Error running script .*?: -?)?(READONLY|LOADING|MASTERDOWN|NOAUTH|WRONGPASS|BUSY|OOM|MISCONF|NOREPLICAS|CLUSTERDOWN|DENIED)\b/,
    of: 'server',
    counts: 'each',
  },
  { says: /^ERR max number of clients reached/, of: 'server' },
  { says: /\b(ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN)\b/, of: 'server' },
  {
    says: /^(Connection is closed|Reached the max retries per request limit|Stream isn't writeable|Cluster isn't ready|None of startup nodes is available|Failed to refresh slots cache|All sentinels are unreachable)/,
    of: 'server',
  },
  {
    says: /^(Socket closed unexpectedly|Socket timeout|Connection timeout|The client is (closed|offline)|Disconnects client|All the root nodes are unavailable)/,
    of: 'server',
  },
]

/** Codes of what can go wrong on the way to a server, as Node and the stores say them. */
const codesOfServer =
  /^(E[A-Z]+|EAI_[A-Z]+|ERR_(SOCKET|TLS|SSL)_\w+|\w*CERT\w*|UNABLE_TO_\w+|NOT_CONNECTED|MASTER_LOST)$/

const unknown: ErrorAnswer = { of: 'limiter' }

/** The answer to an error. What is in no row is held against the limiter that met it alone, whatever its class. */
export function errorAnswer(why: unknown): ErrorAnswer {
  if (!(why instanceof Error)) return unknown
  const row = rows.find(({ says }) => says.test(why.message))
  if (row !== undefined) return row.of === 'slot' && !isOfSlot(why) ? { of: 'server' } : row
  return 'code' in why && typeof why.code === 'string' && codesOfServer.test(why.code) ? { of: 'server' } : unknown
}

/** A client that was sent to and fro tells why: by the last reply, in its message or as its cause. */
function isOfSlot({ message, cause }: Error): boolean {
  return !message.startsWith('Too many Cluster redirections') || /\b(TRYAGAIN|ASK|MOVED) /.test(`${message} ${cause}`)
}
