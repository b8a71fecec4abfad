import { injectedClockGraceMs } from '@sluice/core/internal'
import { lua } from './lua.ts'

/** Whose clock a script goes by. */
export type ClockKind = 'server' | 'injected'

/**
 * Reads the clock, by its kind, and sets how keys expire. An injected clock arrives in the form that TIME has; keys expire in
 * real time, so with it a key is kept longer by a grace, and receipts for an hour.
 */
export const clockLua: Readonly<Record<ClockKind, string>> = {
  server: lua`
    local time = redis.call('TIME')
    ${nowLua()}
    local expiry_option, expiry_command, expiry_base, receipts_last = 'PXAT', 'PEXPIREAT', 0, nil
    ${movedLua()}
  `,
  injected: lua`
    local time = { ARGV[2], ARGV[3] }
    ${nowLua()}
    local expiry_option, expiry_command, expiry_base, receipts_last = 'PX', 'PEXPIRE', ${injectedClockGraceMs} - now, 3600000
    ${movedLua()}
  `,
}

function nowLua(): string {
  return lua`
    local ms = time[2] / 1000
    local now = time[1] * 1000 + (ms - ms % 1)
  `
}

function movedLua(): string {
  return lua`
    -- How many bytes the twins have moved to tidy up: past a bound, the rest waits for another script.
    local moved = 0
  `
}
