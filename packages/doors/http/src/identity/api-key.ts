import { expectOptions } from '@sluice/core/internal'
import { expectHeaderName, fieldValue, type HeaderFields } from '../header-fields.ts'
import { type KeyHashOptions, keyHash } from './key-hash.ts'

export interface ApiKeyOptions extends KeyHashOptions {
  /** The header that holds the API key; of `authorization` what comes after `Bearer`. Default `'authorization'`. */
  readonly header?: string | undefined
}

/** Finds the API key that a request shows; `undefined` where it shows none. */
export type ApiKey = (headers: HeaderFields) => string | undefined

/**
 * A key for the API key of a request, hashed with `secret`. It does not say whether the API key is a valid one: strangers
 * can make up as many as they like, so count by address until you have checked it.
 */
export function apiKey(options: ApiKeyOptions): ApiKey {
  expectOptions('apiKey', options, ['secret', 'header'])
  const name = expectHeaderName('header', options.header ?? 'authorization')
  const hash = keyHash({ secret: options.secret })

  return (headers) => {
    const value = fieldValue(headers, name)?.trim()
    const shownKey = name === 'authorization' ? bearerOf(value) : value
    return shownKey === undefined || shownKey === '' ? undefined : hash('api-key', shownKey)
  }
}

function bearerOf(value: string | undefined): string | undefined {
  const [, token] = /^bearer +([^ ,]+)$/i.exec(value ?? '') ?? []
  return token
}
