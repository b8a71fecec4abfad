import { bytesOf, type Rows, rowNumbers, type Table } from '@sluice/core/internal'
import { keyHash } from './key-hash.ts'
import { slotIndex } from './slot-index.ts'

/** A table that has a number while it has entries; 0 else. */
export interface NumberedTable extends Table {
  id: number
}

/** So many rows at a time: room grows by what is needed, and nothing that is stored is copied. */
interface Chunk {
  readonly numbers: Float64Array
  /** The same memory: four whole numbers of 32 bits stand behind the doubles of a row. */
  readonly ints: Int32Array
  readonly keys: string[]
  /** Only where there is something to keep. */
  rests: unknown[] | undefined
  /** How many bytes each row counts as; only where keys do not tell. */
  sizes: Int32Array | undefined
}

const shift = 10
const rowsInChunk = 1 << shift
const mask = rowsInChunk - 1

const doubles = 6
const ints = 2 * doubles
const [usedAt, markAt, expiresAt, countedAt] = [0, 1, 2, 3]
const [hashAt, tableAt, stampAt, scaleAt] = [8, 9, 10, 11]

/**
 * No rows. A row is 48 bytes, a reference to its key, and 5 to 8 bytes in an index. What is written under is mostly the same for
 * all rows, so each distinct `scale` is kept once. A row has no date beside its expiry: it is kept until then.
 */
export function compactRows(): Rows<NumberedTable> {
  let chunks: Chunk[] = []
  const numbering = rowNumbers()
  const tables = numberedTables()
  const scales = distinctNumbers()

  const chunkOf = (row: number): Chunk => chunks[row >> shift] as Chunk
  const intOf = (row: number, at: number): number => chunkOf(row).ints[(row & mask) * ints + at] as number
  const setInt = (row: number, at: number, value: number): void => {
    chunkOf(row).ints[(row & mask) * ints + at] = value
  }
  const index = slotIndex((row) => intOf(row, hashAt))

  const take = (): number => {
    const row = numbering.take()
    if (row >> shift === chunks.length) chunks.push(makeChunk())
    return row
  }

  return {
    makeTable: (table) => ({ ...table, id: 0 }),
    find(table, key) {
      const hash = hashOf(table.id, key)
      for (let probe = index.first(hash); probe.row >= 0; probe = index.next()) {
        // The hash first: keys of strangers are compared in full only when they are most likely equal.
        const { row } = probe
        const isSame = intOf(row, hashAt) === hash && intOf(row, tableAt) === table.id
        if (isSame && chunkOf(row).keys[row & mask] === key) return row
      }
      return undefined
    },
    add(table, key) {
      if (table.id === 0) tables.number(table)
      const row = take()
      chunkOf(row).keys[row & mask] = key
      setInt(row, tableAt, table.id)
      setInt(row, hashAt, hashOf(table.id, key))
      index.add(row)
      return row
    },
    remove(row) {
      const { keys, rests } = chunkOf(row)
      index.remove(row)
      const table = tables.at(intOf(row, tableAt)) as NumberedTable
      if (table.size === 0) tables.release(table)
      setInt(row, tableAt, 0)
      keys[row & mask] = ''
      if (rests !== undefined) rests[row & mask] = undefined
      numbering.free(row)
      if (numbering.end() === 0) chunks = []
    },
    end: numbering.end,
    table: (row) => tables.at(intOf(row, tableAt)),
    key: (row) => chunkOf(row).keys[row & mask] as string,
    read(row, into) {
      const { numbers, ints: own, rests } = chunkOf(row)
      const at = (row & mask) * doubles
      into.used = numbers[at + usedAt] as number
      into.mark = numbers[at + markAt] as number
      into.scale = scales.at(own[2 * at + scaleAt] as number)
      into.expiresAt = numbers[at + expiresAt] as number
      into.counted = numbers[at + countedAt] as number
      into.rest = rests === undefined ? undefined : rests[row & mask]
    },
    write(row, from) {
      const chunk = chunkOf(row)
      const { numbers, ints: own } = chunk
      const at = (row & mask) * doubles
      numbers[at + usedAt] = from.used
      numbers[at + markAt] = from.mark
      numbers[at + expiresAt] = from.expiresAt
      numbers[at + countedAt] = from.counted
      own[2 * at + scaleAt] = scales.indexOf(from.scale)
      if (chunk.rests !== undefined || from.rest !== undefined) keepRest(chunk, row & mask, from.rest)
    },
    keepUntil: (row) => chunkOf(row).numbers[(row & mask) * doubles + expiresAt] as number,
    stamp: (row) => intOf(row, stampAt),
    setStamp: (row, stamp) => setInt(row, stampAt, stamp),
    bytes(row) {
      const { sizes, keys } = chunkOf(row)
      return sizes === undefined ? bytesOf((keys[row & mask] as string).length, 0) : (sizes[row & mask] as number)
    },
    setBytes(row, bytes) {
      const chunk = chunkOf(row)
      if (chunk.sizes === undefined && bytes === bytesOf((chunk.keys[row & mask] as string).length, 0)) return
      chunk.sizes ??= Int32Array.from(chunk.keys, (key) => bytesOf(key.length, 0))
      chunk.sizes[row & mask] = bytes
    },
  }
}

function makeChunk(): Chunk {
  const numbers = new Float64Array(rowsInChunk * doubles)
  const keys = new Array(rowsInChunk).fill('')
  return { numbers, ints: new Int32Array(numbers.buffer), keys, rests: undefined, sizes: undefined }
}

function keepRest(chunk: Chunk, at: number, rest: unknown): void {
  chunk.rests ??= new Array(rowsInChunk).fill(undefined)
  chunk.rests[at] = rest
}

/** Tables are told apart in the hash, or a key would lie next to itself as often as there are tables. */
function hashOf(table: number, key: string): number {
  return (keyHash(key) + Math.imul(table, 0x9e3779b1)) | 0
}

/** Gives numbers from 1 on to tables. */
function numberedTables() {
  const byId: (NumberedTable | undefined)[] = [undefined]
  const released: number[] = []
  return {
    at: (id: number): NumberedTable | undefined => byId[id],
    number(table: NumberedTable): void {
      table.id = released.pop() ?? byId.length
      byId[table.id] = table
    },
    release(table: NumberedTable): void {
      byId[table.id] = undefined
      released.push(table.id)
      table.id = 0
    },
  }
}

/** Keeps each distinct number once. */
function distinctNumbers() {
  const indexes = new Map<number, number>()
  const numbers: number[] = []
  let last = Number.NaN
  let lastIndex = -1

  const indexOf = (number: number): number => {
    const known = indexes.get(number)
    if (known !== undefined) return known
    indexes.set(number, numbers.length)
    return numbers.push(number) - 1
  }
  return {
    at: (index: number): number => numbers[index] as number,
    indexOf(number: number): number {
      if (number !== last) {
        lastIndex = indexOf(number)
        last = number
      }
      return lastIndex
    },
  }
}
