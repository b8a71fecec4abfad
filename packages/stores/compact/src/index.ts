export { compactStore } from './compact-store.ts'
export { sluice } from './sluice.ts'
