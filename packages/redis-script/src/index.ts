export { assemble, type Script, type Scripts } from './script/assemble.ts'
export type { ClockKind } from './script/clock-lua.ts'
export { type Connection, type ScriptStoreOptions, scriptStore } from './script-store.ts'
export { escapeKey, storedKey } from './stored-key.ts'
