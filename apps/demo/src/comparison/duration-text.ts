const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** Ms as people write them, in the largest unit that leaves at most one decimal: `8.4 s`, `15 min`, `250 ms`. */
export function durationText(ms: number): string {
  for (const [unit, size] of units) {
    if (ms >= size) return `${rounded(ms / size)} ${unit}`
  }
  return ms === 0 ? '0 s' : `${rounded(ms / 1000, 100)} s`
}

/** Ms as the algorithms take them: `'10s'`, `'15m'`. */
export function durationCode(ms: number): `${bigint}${'ms' | 's' | 'm' | 'h' | 'd'}` {
  const whole = [...units].find(([, size]) => ms >= size && ms % size === 0)
  if (whole === undefined) return `${ms}ms` as `${bigint}ms`
  const [unit, size] = whole
  return `${ms / size}${unit === 'min' ? 'm' : unit}` as `${bigint}m`
}

function rounded(value: number, precision = 10): string {
  return String(Math.round(value * precision) / precision)
}
