/** What `sluice doctor` has found out. */
export interface Finding {
  /** What was tried. */
  readonly check: string
  /** `wrong` keeps limits from working now; `advice` will, some day. */
  readonly level: 'fine' | 'advice' | 'wrong'
  /** What was found, in our own words: what servers and clients say may hold addresses and passwords. */
  readonly found: string
  /** What to do. */
  readonly remedy?: string
}

export function fine(check: string, found: string): Finding {
  return { check, level: 'fine', found }
}

export function advice(check: string, found: string, remedy: string): Finding {
  return { check, level: 'advice', found, remedy }
}

export function wrong(check: string, found: string, remedy: string): Finding {
  return { check, level: 'wrong', found, remedy }
}
