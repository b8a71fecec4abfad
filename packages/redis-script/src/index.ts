export type { Connection } from './connection.ts'
export {
  type Address,
  addressesOf,
  type ConnectingClient,
  type Credentials,
  credentialsOf,
  openScriptStore,
  type ServerOptions,
} from './opening/server-options.ts'
export { serverOptionsSchema } from './opening/server-options-schema.ts'
export { tried } from './opening/tried.ts'
export { assemble, type Script, type Scripts } from './script/assemble.ts'
export type { ClockKind } from './script/clock-lua.ts'
export { type ScriptStoreOptions, scriptStore } from './script-store.ts'
export type { ErrorAnswer } from './server/error-answer.ts'
export { escapeKey, receiptsKey, storedKey } from './stored-key.ts'
export { warnUnheard } from './warn-unheard.ts'
