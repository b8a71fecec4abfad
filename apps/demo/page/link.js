// @ts-check
// What a link to the page may ask for, and what is wrong with one that asks for something else.

/** @typedef {'pattern' | 'intensity' | 'limit' | 'window' | 'capacity'} Name */

/** What each control takes; index.html says the same. @type {Record<Name, { initial: string, takes: string, fits: (text: string) => boolean }>} */
const controls = {
  pattern: {
    initial: 'boundary-burst',
    takes: 'boundary-burst, burst, steady, spike or retry-storm',
    fits: (text) => ['boundary-burst', 'burst', 'steady', 'spike', 'retry-storm'].includes(text),
  },
  intensity: {
    initial: '1',
    takes: 'numbers from 0.25 to 4, in steps of 0.25',
    fits: (text) => isNumber(text) && Number(text) >= 0.25 && Number(text) <= 4 && Number.isInteger(Number(text) * 4),
  },
  limit: {
    initial: '10',
    takes: 'whole numbers from 1 to 50',
    fits: (text) => isCount(text) && Number(text) <= 50,
  },
  window: {
    initial: '10s',
    takes: 'durations like 250ms, 10s, 1m or 1h, up to 1d',
    fits: (text) => durationMs(text) >= 1 && durationMs(text) <= unitMs.d,
  },
  capacity: {
    initial: '',
    takes: 'whole numbers from 1, or nothing for the limit',
    fits: (text) => text.trim() === '' || (isCount(text) && Number(text) < 2 ** 53),
  },
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The name of each control and its value when nothing is asked for. @type {Record<string, string>} */
export const initialValues = Object.fromEntries(Object.entries(controls).map(([name, { initial }]) => [name, initial]))

/**
 * The values that a link asks for, and a sentence for each thing in it that the page cannot show; its initial value stands
 * in its place.
 *
 * @param {string} search The part of the address from the question mark on.
 * @returns {{ values: Record<string, string>, problems: string[] }}
 */
export function readLink(search) {
  const query = new URLSearchParams(search)
  const values = { ...initialValues }
  const problems = []
  for (const name of new Set(query.keys())) {
    const control = Object.hasOwn(controls, name) ? controls[/** @type {Name} */ (name)] : undefined
    const given = query.getAll(name)
    const [value = ''] = given
    if (control === undefined) {
      problems.push(`It asks for “${shortened(name)}”, which the page does not know.`)
    } else if (given.length > 1) {
      problems.push(`It asks for ${name} more than once; this is ${named(control.initial)}.`)
    } else if (!control.fits(value)) {
      const asked = value === '' ? 'nothing' : `“${shortened(value)}”`
      problems.push(
        `It asks for ${name} ${asked}, but the page takes ${control.takes}; this is ${named(control.initial)}.`,
      )
    } else values[name] = value
  }
  return { values, problems }
}

/** @param {string} text */
function isNumber(text) {
  return /^\d{1,3}(\.\d{1,4})?$/.test(text)
}

/** @param {string} text */
function isCount(text) {
  return /^\d{1,16}$/.test(text) && Number(text) >= 1
}

/** Ms, also where the text is a number alone; NaN when it is no duration. @param {string} text */
function durationMs(text) {
  const [, digits, unit = 'ms'] = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(text) ?? []
  return digits === undefined ? Number.NaN : Number(digits) * unitMs[/** @type {keyof typeof unitMs} */ (unit)]
}

/** @param {string} text */
function named(text) {
  return text === '' ? 'the limit' : text
}

/** @param {string} text */
function shortened(text) {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
