/** A whole number with its thousands set apart. */
export function countText(value: number): string {
  return value.toLocaleString('en-US')
}

/** A share from 0 to 1 in per cent, with three digits at most: `0.5%`. */
export function shareText(share: number): string {
  const percent = share * 100
  return percent > 0 && percent < 0.01 ? '<0.01%' : `${Number(percent.toPrecision(3))}%`
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const

/** A duration as documents write it: `15m`, and `1.5s` where no unit fits. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s'
  const whole = units.find(([, size]) => ms % size === 0)
  if (whole !== undefined) return `${ms / whole[1]}${whole[0]}`
  return ms > 1000 ? `${Number((ms / 1000).toFixed(1)).toLocaleString('en-US')}s` : `${ms}ms`
}

/** A span of time in its two largest units, rounded up: `5h 12m`. */
export function spanText(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`
  const place = units.findIndex(([, size]) => ms >= size)
  const [unit, size] = units[place] as (typeof units)[number]
  const [smallUnit, smallSize] = units[place + 1] ?? ['s', 1000]
  const rounded = Math.ceil(ms / smallSize) * smallSize
  // What is nearly an hour is one.
  const larger = units[place - 1]
  if (larger !== undefined && rounded >= larger[1]) return spanText(rounded)
  const rest = (rounded % size) / smallSize
  return `${Math.floor(rounded / size)}${unit}${rest === 0 ? '' : ` ${rest}${smallUnit}`}`
}

/** A date in UTC, to the second: `2015-05-17 10:05:03`. */
export function dateText(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ')
}

const longestName = 45

/** Text of a log, which may hold anything: nothing in it may steer the terminal or push a table apart. */
export function printable(text: string, longest: number = longestName): string {
  const plain = text.slice(0, longest + 1).replaceAll(/[^\x20-\x7e]/g, '?')
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain
}

const longestFile = 20

/** A path in the head of a column: its end, which tells it from others. */
export function fileText(file: string): string {
  const plain = printable(file, file.length)
  return plain.length > longestFile ? `…${plain.slice(1 - longestFile)}` : plain
}

const eighths = '▁▂▃▄▅▆▇█'

/** A row of bars, as high as the numbers are beside the highest; a number above 0 always shows. */
export function barsText(values: readonly number[], highest: number): string {
  return values
    .map((value) => (value === 0 ? ' ' : eighths[Math.min(7, Math.floor((value / Math.max(1, highest)) * 8))]))
    .join('')
}

/** How wide a terminal is at least. */
const lineWidth = 80

/** A sentence in lines that fit a terminal; those after the first are indented as far as the first, or further. */
export function wrapped(text: string, indent: number = 0): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.trimEnd().split(/(?<=\S) /)) {
    if (line !== '' && line.length + 1 + word.length > lineWidth) {
      lines.push(line)
      line = `${' '.repeat(indent)}${word}`
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
