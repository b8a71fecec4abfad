import { shown } from '@sluice/core/internal'

/** What may hold a password: a URL, or what has the form of `user:password@host`. */
const mayHoldSecret = /:\/\/|:[^@]*@/

/** Whether a text of a document may hold a password, wherever it stands. */
export function isSecretive(text: string): boolean {
  return mayHoldSecret.test(text)
}

/** How a wrong value of a document is shown in an error: short, and nothing of what may be a secret. */
export function found(value: unknown): string {
  if (typeof value === 'string' && isSecretive(value)) return 'a string that may hold a secret'
  return value === undefined ? 'nothing' : shown(value)
}

/** How the value of an option is shown that is a secret itself. */
export function foundSecret(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'object') return found(value)
  return `a ${typeof value} that is not shown`
}

/** A message of an error without the URLs in it. */
export function withoutUrls(message: string): string {
  return message.replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'`]*/gi, (url) => `${url.slice(0, url.indexOf(':'))}://…`)
}
