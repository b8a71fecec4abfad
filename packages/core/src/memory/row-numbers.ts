/** Gives out the numbers of rows: those of removed rows again, before new ones. */
export interface RowNumbers {
  take(): number
  free(row: number): void
  /** All numbers in use are below this; 0 when none is. */
  end(): number
}

/** No numbers in use. */
export function rowNumbers(): RowNumbers {
  let free: number[] = []
  let end = 0

  return {
    take() {
      const row = free.pop()
      if (row !== undefined) return row
      end += 1
      return end - 1
    },
    free(row) {
      free.push(row)
      if (free.length < end) return
      free = []
      end = 0
    },
    end: () => end,
  }
}
