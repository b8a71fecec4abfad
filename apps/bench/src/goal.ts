import { figure } from './figure.ts'
import { type Row, readRows, renderTable } from './render-table.ts'

/** What was set out to be reached, and what was measured. */
export interface Goal {
  /** The name of the goal that it is a part of: `M1`. */
  readonly id: string
  readonly claim: string
  readonly wanted: readonly ['≤' | '≥', number]
  /** What the numbers are: `×` for a ratio. */
  readonly unit: string
  readonly measured: number
}

const header = ['', 'wanted', 'measured', 'met']

/** Was the goal reached. */
export function isMet({ wanted: [relation, bound], measured }: Goal): boolean {
  return relation === '≤' ? measured <= bound : measured >= bound
}

/** The goals as a table. */
export function goalTable(goals: readonly Goal[]): string {
  return renderTable(header, goals.map(goalRow))
}

/** The table of goals with these in the place of those that go by the same names. */
export function mergeGoals(table: string, goals: readonly Goal[]): string {
  const measured = new Set(goals.map(({ id }) => id))
  const others = readRows(table).filter(([what = '']) => !measured.has(idIn(what)))
  const rows = [...others, ...goals.map(goalRow)]
  return renderTable(
    header,
    rows.sort(([a = ''], [b = '']) => (idIn(a) < idIn(b) ? -1 : idIn(a) > idIn(b) ? 1 : 0)),
  )
}

function idIn(what: string): string {
  return what.split(':', 1)[0] as string
}

function goalRow(goal: Goal): Row {
  const { id, claim, wanted, unit, measured } = goal
  const [relation, bound] = wanted
  return [
    `${id}: ${claim}`,
    `${relation} ${figure(bound)}${unit}`,
    `${figure(measured)}${unit}`,
    isMet(goal) ? 'yes' : '**no**',
  ]
}
