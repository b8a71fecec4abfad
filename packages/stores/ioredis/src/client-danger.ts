/** The options of a client that can do harm in an outage; absent where the client does not show them. */
interface ShownOptions {
  readonly maxRetriesPerRequest?: number | null | undefined
  readonly enableOfflineQueue?: boolean | undefined
  readonly autoResendUnfulfilledCommands?: boolean | undefined
  readonly socketTimeout?: number | undefined
  /** Of a Cluster. */
  readonly retryDelayOnFailover?: number | undefined
  readonly redisOptions?: { readonly socketTimeout?: number | undefined } | undefined
}

/** What the options of a client would do in an outage that `recommendedOptions` prevent; `undefined` when nothing. */
export function clientDanger(client: object): string | undefined {
  const options = 'options' in client ? (client.options as ShownOptions | undefined) : undefined
  if (options === undefined) return undefined
  const isCluster = 'isCluster' in client && client.isCluster === true
  const dangers = [
    isCluster ? resendingCluster(options) : resending(options),
    (isCluster ? options.redisOptions?.socketTimeout : options.socketTimeout) === undefined
      ? 'without socketTimeout it may wait for minutes on a connection that has gone silent'
      : undefined,
  ].filter((danger) => danger !== undefined)
  return dangers.length === 0 ? undefined : dangers.join(', and ')
}

function resending(options: ShownOptions): string | undefined {
  const { maxRetriesPerRequest = 20, enableOfflineQueue, autoResendUnfulfilledCommands } = options
  if (maxRetriesPerRequest === 0) return undefined
  if (enableOfflineQueue === false && autoResendUnfulfilledCommands === false) return undefined
  const times = maxRetriesPerRequest === null ? 'without end' : `up to ${maxRetriesPerRequest} times`
  return `maxRetriesPerRequest: ${maxRetriesPerRequest} keeps commands while it is offline and sends again, ${times}, what lost its reply, so that a decision may be counted twice`
}

function resendingCluster({ retryDelayOnFailover }: ShownOptions): string | undefined {
  if (retryDelayOnFailover === 0) return undefined
  return `retryDelayOnFailover: ${retryDelayOnFailover} sends again what lost its reply, so that a decision may be counted twice`
}
