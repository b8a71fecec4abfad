/** The options of a client that can do harm in an outage; absent where the client does not show them. */
interface ShownOptions {
  readonly disableOfflineQueue?: boolean | undefined
  readonly commandsQueueMaxLength?: number | undefined
  readonly socket?: { readonly socketTimeout?: number | undefined } | undefined
}

/** What the options of a client would do in an outage that `recommendedOptions` prevent; `undefined` when nothing. */
export function clientDanger(client: object): string | undefined {
  const options = 'options' in client ? (client.options as ShownOptions | undefined) : undefined
  if (options === undefined) return undefined
  const dangers: string[] = []
  if (!options.disableOfflineQueue && options.commandsQueueMaxLength === undefined) {
    dangers.push(
      'without disableOfflineQueue or commandsQueueMaxLength it keeps any number of commands while it is offline',
    )
  }
  if (options.socket?.socketTimeout === undefined) {
    dangers.push(
      'without pingInterval and socket.socketTimeout it may wait for minutes on a connection that has gone silent',
    )
  }
  return dangers.length === 0 ? undefined : dangers.join(', and ')
}
