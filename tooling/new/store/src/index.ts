export { type PlainShelfStoreOptions, plainShelfStore, type Shelf } from './plain-shelf-store.ts'
export { sluice } from './sluice.ts'
