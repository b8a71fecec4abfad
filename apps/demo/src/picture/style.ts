const light = {
  ground: '#f7f7f4',
  panel: '#ffffff',
  ink: '#1d2125',
  muted: '#5a626b',
  rule: '#dfe1dc',
  boundary: '#c9ccc6',
  band: '#f3ecd2',
  'band-edge': '#b08900',
  'band-over': '#fbe3c4',
  over: '#8f4a00',
  admitted: '#0f766e',
  waits: '#2c62c4',
  refused: '#b93a0a',
  area: '#cfe5e1',
  waiting: '#cfdcf3',
} as const

const dark: Readonly<Record<keyof typeof light, string>> = {
  ground: '#131619',
  panel: '#1b1f24',
  ink: '#e7e9eb',
  muted: '#a0a8b0',
  rule: '#2c3238',
  boundary: '#444c54',
  band: '#38331c',
  'band-edge': '#d9b64a',
  'band-over': '#4a3618',
  over: '#f0b060',
  admitted: '#3dbfae',
  waits: '#86b0ff',
  refused: '#ff9466',
  area: '#20443f',
  waiting: '#26385e',
}

const variables = (palette: Readonly<Record<string, string>>): string =>
  Object.entries(palette)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(' ')

/** The colours, for the page and for pictures: in the scheme that the reader has, or in one of them. */
export const palettes: Readonly<Record<'both' | 'light' | 'dark', string>> = {
  both: `:root { color-scheme: light dark; ${variables(light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} } }`,
  light: `:root { color-scheme: light; ${variables(light)} }`,
  dark: `:root { color-scheme: dark; ${variables(dark)} }`,
}

/** How the charts look. */
export const chartStyle = `
svg text { font: 10.5px system-ui, sans-serif; font-variant-numeric: tabular-nums; fill: var(--muted); }
svg .band-text { font-weight: 650; fill: var(--ink); }
.area { fill: var(--area); }
.area.waiting { fill: var(--waiting); }
.band { fill: var(--band); }
.band.over { fill: var(--band-over); }
.band-edge, .band.over-edge { fill: none; stroke: var(--band-edge); }
.baseline { stroke: var(--muted); }
.boundary { stroke: var(--boundary); stroke-dasharray: 2 3; }
.arrival { fill: var(--muted); }
.admitted { fill: var(--admitted); }
.waits { fill: var(--panel); stroke: var(--waits); stroke-width: 1.1; }
.turn { fill: var(--waits); }
.refused { fill: none; stroke: var(--refused); stroke-width: 1.1; }
.refused-bar { fill: url(#hatch); stroke: var(--refused); stroke-width: 0.5; }
.hatch-ground { fill: var(--panel); }
.hatch-line { stroke: var(--refused); stroke-width: 2.5; }
`

/** The hatching of refused bars; once in each document. */
export const hatch =
  '<pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
  '<rect class="hatch-ground" width="4" height="4"/><line class="hatch-line" x1="0" y1="0" x2="0" y2="4"/></pattern>'
