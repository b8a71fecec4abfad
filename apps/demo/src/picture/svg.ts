/** One element of SVG as text. Attributes that are undefined are left out; the content must be SVG already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = '',
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([attribute, value]) => ` ${attribute}="${typeof value === 'number' ? short(value) : escaped(value ?? '')}"`)
    .join('')
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`
}

/** A line of text. */
export function label(kind: string, x: number, y: number, text: string, anchor = 'start'): string {
  return element('text', { class: kind, x, y, 'text-anchor': anchor }, escaped(text))
}

/** Text that stands for itself in SVG. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** A coordinate, to a tenth of a pixel. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}
