import { rowNumbers } from './row-numbers.ts'
import type { Rows, Table } from './rows.ts'

/** A table that finds its rows by a `Map`. */
export interface MapTable extends Table {
  readonly rows: Map<string, number>
}

/** So many rows at a time: room grows by what is needed, and nothing that is stored is copied. */
interface Chunk {
  /** A number takes 8 bytes here; as a property of an object it would take 24. */
  readonly numbers: Float64Array
  readonly tables: (MapTable | undefined)[]
  readonly keys: string[]
  /** Only where there is something to keep. */
  rests: unknown[] | undefined
}

const shift = 7
const rowsInChunk = 1 << shift
const mask = rowsInChunk - 1

// The five numbers of a state come first.
const columns = 8
const [keepUntilColumn, stampColumn, bytesColumn] = [5, 6, 7]

/** No rows. */
export function mapRows(): Rows<MapTable> {
  let chunks: Chunk[] = []
  const numbering = rowNumbers()

  const chunkOf = (row: number): Chunk => chunks[row >> shift] as Chunk
  const read = (row: number, column: number): number => chunkOf(row).numbers[(row & mask) * columns + column] as number
  const write = (row: number, column: number, value: number): void => {
    chunkOf(row).numbers[(row & mask) * columns + column] = value
  }

  const take = (): number => {
    const row = numbering.take()
    if (row >> shift === chunks.length) chunks.push(makeChunk())
    return row
  }

  return {
    makeTable: (table) => ({ ...table, rows: new Map() }),
    find: (table, key) => table.rows.get(key),
    add(table, key) {
      const row = take()
      const chunk = chunkOf(row)
      chunk.tables[row & mask] = table
      chunk.keys[row & mask] = key
      table.rows.set(key, row)
      return row
    },
    remove(row) {
      const { tables, keys, rests } = chunkOf(row)
      tables[row & mask]?.rows.delete(keys[row & mask] as string)
      tables[row & mask] = undefined
      keys[row & mask] = ''
      if (rests !== undefined) rests[row & mask] = undefined
      numbering.free(row)
      if (numbering.end() === 0) chunks = []
    },
    end: numbering.end,
    table: (row) => chunkOf(row).tables[row & mask],
    key: (row) => chunkOf(row).keys[row & mask] as string,
    read(row, into) {
      const { numbers, rests } = chunkOf(row)
      const at = (row & mask) * columns
      into.used = numbers[at] as number
      into.mark = numbers[at + 1] as number
      into.scale = numbers[at + 2] as number
      into.expiresAt = numbers[at + 3] as number
      into.counted = numbers[at + 4] as number
      into.rest = rests === undefined ? undefined : rests[row & mask]
    },
    write(row, from, keepUntil) {
      const chunk = chunkOf(row)
      const { numbers } = chunk
      const at = (row & mask) * columns
      numbers[at] = from.used
      numbers[at + 1] = from.mark
      numbers[at + 2] = from.scale
      numbers[at + 3] = from.expiresAt
      numbers[at + 4] = from.counted
      numbers[at + keepUntilColumn] = keepUntil
      if (chunk.rests !== undefined || from.rest !== undefined) keepRest(chunk, row & mask, from.rest)
    },
    keepUntil: (row) => read(row, keepUntilColumn),
    stamp: (row) => read(row, stampColumn),
    setStamp: (row, stamp) => write(row, stampColumn, stamp),
    bytes: (row) => read(row, bytesColumn),
    setBytes: (row, bytes) => write(row, bytesColumn, bytes),
  }
}

function makeChunk(): Chunk {
  return {
    numbers: new Float64Array(rowsInChunk * columns),
    tables: new Array(rowsInChunk).fill(undefined),
    keys: new Array(rowsInChunk).fill(''),
    rests: undefined,
  }
}

function keepRest(chunk: Chunk, at: number, rest: unknown): void {
  chunk.rests ??= new Array(rowsInChunk).fill(undefined)
  chunk.rests[at] = rest
}
