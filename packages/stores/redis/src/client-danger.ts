/** The options of a client that can do harm in an outage; absent where the client does not show them. */
interface ShownOptions {
  readonly disableOfflineQueue?: boolean | undefined
  readonly commandsQueueMaxLength?: number | undefined
  readonly socket?: { readonly socketTimeout?: number | undefined; readonly reconnectStrategy?: unknown } | undefined
}

/**
 * What the options of a client would do in an outage that `recommendedOptions` prevent; `undefined` when nothing. Of the
 * client of a Cluster or of Sentinels nothing is said, because it does not show its options.
 */
export function clientDanger(client: object): string | undefined {
  const options = 'options' in client ? (client.options as ShownOptions | undefined) : undefined
  if (options === undefined) return undefined
  const { socketTimeout, reconnectStrategy } = options.socket ?? {}
  const dangers: string[] = []
  if (!options.disableOfflineQueue && options.commandsQueueMaxLength === undefined) {
    dangers.push(
      'without disableOfflineQueue or commandsQueueMaxLength it keeps any number of commands while it is offline',
    )
  }
  if (socketTimeout === undefined) {
    dangers.push(
      'without pingInterval and socket.socketTimeout it may wait for minutes on a connection that has gone silent',
    )
  }
  if (reconnectStrategy === false) {
    dangers.push('with socket.reconnectStrategy: false it closes for good when its connection is lost')
  }
  // Its own strategy gives up after a timeout of the socket.
  if (socketTimeout !== undefined && reconnectStrategy === undefined) {
    dangers.push(
      'with socket.socketTimeout and no socket.reconnectStrategy it closes for good when its connection has gone silent, or idle',
    )
  }
  return dangers.length === 0 ? undefined : dangers.join(', and ')
}
