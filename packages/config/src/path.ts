import { isSecretive } from './found.ts'

/** Where in a document: names of properties, and places in lists. */
export type Path = readonly (string | number)[]

/** A path as errors spell it: `limiters.api.policies.burst`, `limiters["a.b"].overrides[0]`. */
export function spell(path: Path): string {
  if (path.length === 0) return 'the document'
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`
      if (isSecretive(step)) return '[a name that may hold a secret]'
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${JSON.stringify(step)}]`
      return i === 0 ? step : `.${step}`
    })
    .join('')
}
