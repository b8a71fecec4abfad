/** A number in about three digits, with thousands apart: `0.94`, `12.5`, `1,234`. Whole ones stay whole. */
export function figure(value: number): string {
  return Number.isInteger(value) ? rounded(value, 0) : rounded(value, digits(value))
}

/** How many times the base a value is: `0.94×`, `12.5×`. */
export function ratio(value: number, base: number): string {
  return `${rounded(value / base, digits(value / base))}×`
}

function digits(value: number): number {
  const size = Math.abs(value)
  return size >= 100 ? 0 : size >= 10 ? 1 : 2
}

function rounded(value: number, decimals: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}
