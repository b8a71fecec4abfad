/** The options of a client that can do harm in an outage; absent where the client does not show them. */
interface ShownOptions {
  readonly disableOfflineQueue?: boolean | undefined
  readonly commandsQueueMaxLength?: number | undefined
}

/** What the options of a client would do in an outage that `recommendedOptions` prevent; `undefined` when nothing. */
export function clientDanger(client: object): string | undefined {
  const options = 'options' in client ? (client.options as ShownOptions | undefined) : undefined
  if (options === undefined || options.disableOfflineQueue || options.commandsQueueMaxLength !== undefined)
    return undefined
  return 'without disableOfflineQueue or commandsQueueMaxLength it keeps any number of commands while it is offline'
}
