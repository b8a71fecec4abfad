/** What is done about an error that a client rejects a script with. */
export interface ErrorAnswer {
  /**
   * What it is an error of. The server, or the way to it: all limiters of the store are told. A limiter (its script, its keys, its
   * permissions) or a slot of a Cluster: nobody else is.
   */
  readonly of: 'server' | 'limiter' | 'slot'
  /** Whether each is a failure by itself, because the server said so. Many fail together when one connection breaks. */
  readonly counts?: 'each'
  /** How a script that was refused, and was not executed, is sent again: with its source, after a pause, or slot by slot. */
  readonly again?: 'with source' | 'after a pause' | 'by slot'
  /** What the user can do about it: the process is warned once, with a code. */
  readonly advice?: { readonly code: `SLUICE_${string}`; readonly text: string }
}

/** Says what is done about an error. */
export type ErrorAnswers = (error: unknown) => ErrorAnswer

interface Row extends ErrorAnswer {
  readonly says: RegExp
}

/** Everything that a server is known to reply, and the answer to it; the first row that matches. docs/operating.md has the same table. */
const replies: readonly Row[] = [
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
  { says: /^ASK\b|^CLUSTERDOWN Hash slot not served/, of: 'slot' },
  // Before the rows that look inside a message: this reply repeats arguments, and so keys.
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
  // Servers before 7.0 wrap what a command inside a script says.
  {
    says: /^(?:ERR Error running script .*?: -?)?(READONLY|LOADING|MASTERDOWN|NOAUTH|WRONGPASS|BUSY|OOM|MISCONF|NOREPLICAS|CLUSTERDOWN|DENIED)\b/,
    of: 'server',
    counts: 'each',
  },
  { says: /^ERR max number of clients reached/, of: 'server' },
]

/** What Node says when the way to a server is broken: in the message of an error, or by its code. */
const brokenWay = {
  message: /\b(ECONN[A-Z]+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN)\b/,
  code: /^(E[A-Z]+|EAI_[A-Z]+|ERR_(SOCKET|TLS|SSL)_\w+|\w*CERT\w*|UNABLE_TO_\w+)$/,
}

const ofServer: ErrorAnswer = { of: 'server' }
const unknown: ErrorAnswer = { of: 'limiter' }

/**
 * The answers to all that a connection may reject with: replies of the server first, then what its client says of itself
 * (`ofClient`), then what Node says. Anything else is held against the limiter that met it alone, whatever its class.
 */
export function errorAnswers(ofClient: (error: Error) => ErrorAnswer | undefined = () => undefined): ErrorAnswers {
  return (error) => {
    if (!(error instanceof Error)) return unknown
    return replies.find(({ says }) => says.test(error.message)) ?? ofClient(error) ?? ofNode(error) ?? unknown
  }
}

function ofNode(error: Error): ErrorAnswer | undefined {
  if (brokenWay.message.test(error.message)) return ofServer
  return 'code' in error && typeof error.code === 'string' && brokenWay.code.test(error.code) ? ofServer : undefined
}
