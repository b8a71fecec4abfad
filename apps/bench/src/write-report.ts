import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyDocument } from './empty-document.ts'
import { type Goal, goalTable, mergeGoals } from './goal.ts'
import { readSection, replaceSection } from './replace-section.ts'

/** What a run found out about one section of the document. */
export interface Report {
  readonly section: string
  readonly text: string
  readonly goals: readonly Goal[]
}

const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'performance.md')

/** Prints a report, with the goals it is about. */
export function printReport({ text, goals }: Report): void {
  console.log(`\n${text}\n\n${goalTable(goals)}\n`)
}

/** Puts a report in its place in `docs/performance.md`, and its goals among the others. */
export function writeReport({ section, text, goals }: Report): void {
  const document = existsSync(file) ? readFileSync(file, 'utf8') : emptyDocument
  const table = mergeGoals(readSection(document, 'goals'), goals)
  writeFileSync(file, replaceSection(replaceSection(document, 'goals', table), section, text))
}
