export { createLimiter, memoryStore } from '@sluice/core'
export { type FixedWindowOptions, fixedWindow } from './fixed-window.ts'
