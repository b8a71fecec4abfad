/** A row of a table: its label, and a cell for each column. */
export type Row = readonly [label: string, ...cells: string[]]

/** Rows as lines of text, the first of them the header: labels to the left, cells to the right. */
export function textTable(rows: readonly Row[]): string[] {
  const [header] = rows
  if (header === undefined) return []
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: Row): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [line(header), rule, ...rows.slice(1).map(line)]
}
