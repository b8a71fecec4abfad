export { assemble, type ClockKind, type Script, type Scripts } from './script.ts'
export { type Connection, type ScriptStoreOptions, scriptStore } from './script-store.ts'
export { escapeKey, storedKey } from './stored-key.ts'
