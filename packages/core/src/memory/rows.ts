import type { Stored } from '../contract.ts'

/**
 * What is stored, one row for each entry, without gaps: 0 to `size` - 1. A row is 48 bytes of numbers and a reference to
 * its key. Rows stand in chunks, so room grows by what is needed and nothing that is stored is copied.
 */
export interface Rows {
  /** How many there are. A method, because V8 keeps an object with a getter as a dictionary, and looks up all else in it. */
  size(): number
  /** A new last row. Its numbers are whatever was there before. */
  add(key: string): number
  key(row: number): string
  /** Whether this is the row of a key, in a table, whose hash is known. */
  holds(row: number, table: number, key: string, hash: number): boolean
  /** Returns the stamp of the row, too: each look at a row counts. */
  read(row: number, into: Stored): number
  write(row: number, from: Readonly<Stored>): void
  /** Writes a state anew, and its share. Returns how many bytes it has counted as. */
  rewrite(row: number, from: Readonly<Stored>, share: number): number
  expiresAt(row: number): number
  /** One of the whole numbers beside the state, of 32 bits. */
  note(row: number, note: Note): number
  setNote(row: number, note: Note, value: number): void
  /** Overwrites one row with another. */
  copy(from: number, to: number): void
  removeLast(): void
}

/**
 * The whole numbers of a row. `label`: its table, and the share of the quota that is used. `stamp`: when it was touched last.
 * `bytes`: how
 * many it counts as.
 */
export const note = { hash: 0, label: 1, stamp: 2, bytes: 3 } as const

export type Note = (typeof note)[keyof typeof note]

/** No row. */
export const none = -1

/** The share of a quota that is all of it; 0 is less than a 64th. */
export const wholeShare = 63

/** How many tables there can be, numbered from 0. */
export const mostTables: number = 2 ** 26

export function labelOf(table: number, share: number): number {
  return (table << 6) | share
}

export function shareOf(label: number): number {
  return label & wholeShare
}

export function tableOf(label: number): number {
  return label >>> 6
}

interface Chunk {
  readonly numbers: Float64Array
  /** The same memory: the notes stand behind the four numbers of a row. */
  readonly notes: Int32Array
  readonly keys: string[]
  /** Only where there is something to keep. */
  rests: unknown[] | undefined
}

const shift = 10
const rowsInChunk = 1 << shift
const mask = rowsInChunk - 1
const fewestRows = 16

const doubles = 6
const ints = 2 * doubles
const firstNote = 8

/** No rows. */
export function makeRows(): Rows {
  const chunks: Chunk[] = []
  let size = 0
  // All chunks are whole, but for the first while it is the only one: many limiters see few keys.
  let capacity = 0

  const chunkOf = (row: number): Chunk => chunks[row >> shift] as Chunk

  const grow = (): void => {
    if (capacity >= rowsInChunk) {
      chunks.push(makeChunk(rowsInChunk))
      capacity += rowsInChunk
      return
    }
    const [small] = chunks
    capacity = Math.max(fewestRows, 2 * capacity)
    chunks[0] = makeChunk(capacity)
    if (small !== undefined) copyChunk(small, chunks[0])
  }

  const writeState = (chunk: Chunk, row: number, from: Readonly<Stored>): void => {
    const { numbers } = chunk
    const at = (row & mask) * doubles
    numbers[at] = from.used
    numbers[at + 1] = from.mark
    numbers[at + 2] = from.scale
    numbers[at + 3] = from.expiresAt
    if (chunk.rests !== undefined || from.rest !== undefined) setRest(chunk, row & mask, from.rest)
  }

  return {
    size: () => size,
    add(key) {
      if (size === capacity) grow()
      const row = size
      size += 1
      chunkOf(row).keys[row & mask] = key
      return row
    },
    key(row) {
      return chunkOf(row).keys[row & mask] as string
    },
    holds(row, table, key, hash) {
      const { notes, keys } = chunkOf(row)
      const at = (row & mask) * ints + firstNote
      // The hash first: keys of strangers are compared in full only when they are most likely equal.
      return notes[at] === hash && tableOf(notes[at + 1] as number) === table && keys[row & mask] === key
    },
    read(row, into) {
      const { numbers, notes, rests } = chunkOf(row)
      const at = (row & mask) * doubles
      into.used = numbers[at] as number
      into.mark = numbers[at + 1] as number
      into.scale = numbers[at + 2] as number
      into.expiresAt = numbers[at + 3] as number
      into.rest = rests === undefined ? undefined : rests[row & mask]
      return notes[2 * at + firstNote + note.stamp] as number
    },
    write(row, from) {
      writeState(chunkOf(row), row, from)
    },
    rewrite(row, from, share) {
      const chunk = chunkOf(row)
      writeState(chunk, row, from)
      const { notes } = chunk
      const at = (row & mask) * ints + firstNote
      const label = notes[at + note.label] as number
      if (shareOf(label) !== share) notes[at + note.label] = (label & ~wholeShare) | share
      return notes[at + note.bytes] as number
    },
    expiresAt(row) {
      return chunkOf(row).numbers[(row & mask) * doubles + 3] as number
    },
    note(row, which) {
      return chunkOf(row).notes[(row & mask) * ints + firstNote + which] as number
    },
    setNote(row, which, value) {
      chunkOf(row).notes[(row & mask) * ints + firstNote + which] = value
    },
    copy(from, to) {
      const source = chunkOf(from)
      const target = chunkOf(to)
      const at = (from & mask) * doubles
      target.numbers.set(source.numbers.subarray(at, at + doubles), (to & mask) * doubles)
      target.keys[to & mask] = source.keys[from & mask] as string
      const rest = source.rests?.[from & mask]
      if (target.rests !== undefined || rest !== undefined) setRest(target, to & mask, rest)
    },
    removeLast() {
      size -= 1
      const chunk = chunkOf(size)
      chunk.keys[size & mask] = ''
      if (chunk.rests !== undefined) chunk.rests[size & mask] = undefined
      // One empty chunk is kept: at a store's bound, each new entry takes the place of one that has just gone.
      if (capacity - size > 2 * rowsInChunk) {
        chunks.pop()
        capacity -= rowsInChunk
      }
    },
  }
}

function makeChunk(rows: number): Chunk {
  const numbers = new Float64Array(rows * doubles)
  return { numbers, notes: new Int32Array(numbers.buffer), keys: new Array(rows).fill(''), rests: undefined }
}

function copyChunk(from: Chunk, to: Chunk): void {
  to.numbers.set(from.numbers)
  for (const [i, key] of from.keys.entries()) to.keys[i] = key
  if (from.rests !== undefined) to.rests = [...from.rests]
}

function setRest(chunk: Chunk, at: number, rest: unknown): void {
  chunk.rests ??= chunk.keys.map(() => undefined)
  chunk.rests[at] = rest
}
