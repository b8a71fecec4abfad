export { compactStore } from './compact-store.ts'
