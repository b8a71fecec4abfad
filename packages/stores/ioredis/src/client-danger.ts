/** The options of a client that can do harm in an outage; absent where the client does not show them. */
interface ShownOptions {
  readonly maxRetriesPerRequest?: number | null | undefined
  readonly retryDelayOnFailover?: number | undefined
}

/** What the options of a client would do in an outage that `recommendedOptions` prevent; `undefined` when nothing. */
export function clientDanger(client: object): string | undefined {
  const options = 'options' in client ? (client.options as ShownOptions | undefined) : undefined
  if (options === undefined) return undefined
  const { maxRetriesPerRequest = 20, retryDelayOnFailover } = options
  if ('isCluster' in client && client.isCluster === true) {
    return retryDelayOnFailover === 0
      ? undefined
      : `retryDelayOnFailover: ${retryDelayOnFailover} sends again what lost its reply, so that a refund may be given twice`
  }
  if (maxRetriesPerRequest === 0) return undefined
  const times = maxRetriesPerRequest === null ? 'without end' : `up to ${maxRetriesPerRequest} times`
  return `maxRetriesPerRequest: ${maxRetriesPerRequest} keeps commands while it is offline and sends again, ${times}, what lost its reply, so that a refund may be given twice`
}
