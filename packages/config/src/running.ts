import { isDeepStrictEqual } from 'node:util'
import type { OpenedStore } from '@sluice/core'
import { codeOf, warnOnce } from '@sluice/core/internal'
import { limiterOptionNames, problemOf } from './check-limiter.ts'
import { type CheckedLimiter, type CheckedSluice, checkSluice } from './check-sluice.ts'
import { type ConfiguredLimiter, type Slot, slot } from './configured-limiter.ts'
import { DocumentError, type Problem, problemIn, quoted } from './document-error.ts'
import { type Family, fingerprint, type Prepared, prepare } from './family.ts'
import type { LoadOptions } from './load-options.ts'
import { openStore } from './open-store.ts'
import type { SluiceEvent } from './sluice.ts'

/** A document at work, and what a reload of it needs. */
interface Running {
  readonly options: LoadOptions
  readonly opened: OpenedStore
  readonly report: (event: SluiceEvent) => void
  readonly limiters: Record<string, ConfiguredLimiter>
  readonly members: Map<string, Member>
  checked: CheckedSluice
  closed: boolean
}

/** A limiter at work. */
interface Member {
  readonly slot: Slot
  readonly family: Family
  readonly fingerprint: string
}

/** A document that was opened: its limiters, and how to change and close them. */
export interface OpenedSluice {
  readonly limiters: Readonly<Record<string, ConfiguredLimiter>>
  readonly opened: OpenedStore
  readonly report: (event: SluiceEvent) => void
  /** All or nothing. Of several, each waits for the one before. */
  apply(read: () => Promise<unknown>): Promise<void>
  close(): Promise<void>
}

/** Opens a document. Rejects with a `DocumentError` that has all that is wrong; then nothing is left open. */
export async function openSluice(document: unknown, options: LoadOptions): Promise<OpenedSluice> {
  const checked = await checkSluice(document, checkOptionsOf(options))
  const report = reporterOf(options)
  const opened = await openStore(checked.store, options, (error) =>
    report({ type: 'client:error', code: codeOf(error) }),
  )
  const running: Running = { options, opened, report, limiters: {}, members: new Map(), checked, closed: false }
  try {
    replace(running, checked)
  } catch (error) {
    await opened.close()
    throw error
  }
  return handleOf(running)
}

function handleOf(running: Running): OpenedSluice {
  const { limiters, opened, report } = running
  let last: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined
  return {
    limiters,
    opened,
    report,
    apply(read) {
      const applied = last.then(() => applyNow(running, read))
      last = applied.catch(() => {})
      return applied
    },
    close() {
      running.closed = true
      closing ??= (async () => opened.close())()
      return closing
    },
  }
}

function checkOptionsOf({ env, packages, folder, called }: LoadOptions): LoadOptions {
  return { env, packages, folder, called }
}

async function applyNow(running: Running, read: () => Promise<unknown>): Promise<void> {
  const { options, report } = running
  try {
    const checked = await checkSluice(await read(), checkOptionsOf(options))
    if (running.closed)
      throw new DocumentError(calledIn(options), [problemIn([], 'Expected the document to be open, it was closed')])
    const changed = replace(running, checked)
    report({ type: 'document:applied', limiters: changed })
  } catch (error) {
    if (error instanceof DocumentError && !running.closed) report({ type: 'document:refused', error })
    throw error
  }
}

function calledIn({ called = 'The document' }: LoadOptions): string {
  return called
}

/** Replaces the limiters by those of a document, at once, or throws before anything is replaced. Returns which differ. */
function replace(running: Running, checked: CheckedSluice): readonly string[] {
  const { members, limiters, opened, report, options } = running
  const problems = [...unchangeable(running, checked)]
  const prepared = new Map<string, Prepared>()
  for (const [name, limiter] of Object.entries(checked.limiters)) {
    if (members.get(name)?.fingerprint === fingerprint(limiter)) continue
    try {
      const making = { store: opened.store, onEvent: options.onEvent && report }
      prepared.set(name, prepare(name, limiter, members.get(name)?.family, making))
    } catch (error) {
      problems.push(problemOf(['limiters', name], error, limiterOptionNames))
    }
  }
  if (problems.length > 0) throw new DocumentError(calledIn(options), problems)

  // Nothing below can fail.
  for (const [name, { family, generation, apply }] of prepared) {
    const known = members.get(name)
    const place = known?.slot ?? slot(generation)
    place.replace(generation)
    apply()
    members.set(name, { slot: place, family, fingerprint: fingerprint(checked.limiters[name] as CheckedLimiter) })
    if (known !== undefined) continue
    Object.defineProperty(limiters, name, { enumerable: true, configurable: true, value: place.limiter })
  }
  running.checked = checked
  return [...prepared.keys()]
}

/** What a reload must not change. */
function* unchangeable({ members, checked: before }: Running, { store, limiters }: CheckedSluice): Generator<Problem> {
  if (before.store.driver !== store.driver || !isDeepStrictEqual(before.store.options, store.options)) {
    yield problemIn(
      ['store'],
      'Expected `store` to be as it was loaded, got another: it would be a fresh quota for everyone, so start again with it',
    )
  }
  for (const name of members.keys()) {
    if (Object.hasOwn(limiters, name)) continue
    const path = ['limiters', name]
    yield problemIn(
      path,
      `Expected ${quoted(path)} to be there, as it was loaded, got nothing: what asks for it would fail, so start again without it`,
    )
  }
}

/** Tells `onEvent`, or warns of what goes wrong. What a listener throws is an uncaught exception, and disturbs nothing. */
function reporterOf({ onEvent, called = 'The document' }: LoadOptions): (event: SluiceEvent) => void {
  const warned = {}
  return (event) => {
    if (onEvent === undefined) return warn(event, called, warned)
    try {
      onEvent(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

function warn(event: SluiceEvent, called: string, warned: object): void {
  if (event.type === 'client:error') {
    warnOnce(warned, 'SLUICE_CLIENT_ERROR', `The client of the store fails (${event.code}). Said once.`)
  }
  if (event.type === 'document:refused') {
    process.emitWarning(`${called} was not applied. ${event.error.message}`, {
      type: 'SluiceWarning',
      code: 'SLUICE_DOCUMENT',
    })
  }
}
