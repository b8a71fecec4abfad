import { warnOnce } from '@sluice/core/internal'
import type { FieldForm, Fields } from '../emit/limit-fields.ts'
import type { DoorSettings } from './door-options.ts'
import type { Visit } from './visit.ts'

/** A door that a request has passed, or was refused by. */
export interface PassedDoor {
  readonly settings: Pick<DoorSettings<never>, 'door' | 'fields'>
  readonly visit: Visit
}

/** The doors of one request, up to now. */
export interface PassedDoors {
  /** In the order in which they decided; a limiter is there once, with its latest decision. */
  doors: readonly PassedDoor[]
  /** The lists of draft 11 by their names, as they were last written to the response. */
  readonly written: Map<string, string>
}

const passedBy = new WeakMap<object, PassedDoors>()

/**
 * Notes that a door has decided. `exchange` is what stands for a request and its response: the one object that all doors of a framework are
 * given.
 */
export function passDoor(exchange: object, settings: PassedDoor['settings'], visit: Visit): PassedDoors {
  const passed = passedBy.get(exchange) ?? { doors: [], written: new Map() }
  passedBy.set(exchange, passed)
  if (passed.doors.some((other) => other.settings === settings)) warnOfSecondVisit(settings)
  passed.doors = [...passed.doors.filter((other) => other.visit.limiter !== visit.limiter), { settings, visit }]
  return passed
}

/** The doors that decided on a request; `undefined` where none did. */
export function passedDoors(exchange: object): PassedDoors | undefined {
  return passedBy.get(exchange)
}

/** A list of draft 11 with the items of all doors that emit it. */
export function listOf({ doors }: PassedDoors, name: string): string {
  const items = doors.flatMap(({ settings, visit }) =>
    emitsLists(settings.fields) ? (fieldsOf(visit)[name] ?? []) : [],
  )
  return items.join(', ')
}

/** Draft 11 makes lists of its fields; the older forms know one policy. */
export function emitsLists(forms: readonly FieldForm[]): boolean {
  return forms.includes('draft-11')
}

function fieldsOf({ refusal, fields }: Visit): Fields {
  return refusal?.headers ?? fields
}

function warnOfSecondVisit(settings: PassedDoor['settings']): void {
  const message = `One ${settings.door} has counted a request twice: it stands in two places that the request has passed. Said once.`
  warnOnce(settings, 'SLUICE_COUNTED_TWICE', message)
}
