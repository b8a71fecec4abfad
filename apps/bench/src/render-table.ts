/** The cells of one line of a table. */
export type Row = readonly string[]

/** A table in Markdown, as the formatter would have it: the first column to the left, the others to the right. */
export function renderTable(header: Row, rows: readonly Row[]): string {
  const widths = header.map((title, column) =>
    Math.max(3, ...[title, ...rows.map((row) => row[column] ?? '')].map(width)),
  )
  const line = (row: Row): string =>
    `| ${widths.map((wide, column) => padded(row[column] ?? '', wide, column)).join(' | ')} |`
  const rule = `| ${widths.map((wide, column) => (column === 0 ? '-'.repeat(wide) : `${'-'.repeat(wide - 1)}:`)).join(' | ')} |`
  return [line(header), rule, ...rows.map(line)].join('\n')
}

/** The rows of a table that was rendered so, without its header. */
export function readRows(table: string): Row[] {
  const lines = table.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

function padded(cell: string, wide: number, column: number): string {
  const space = ' '.repeat(wide - width(cell))
  return column === 0 ? cell + space : space + cell
}

function width(text: string): number {
  return [...text].length
}
