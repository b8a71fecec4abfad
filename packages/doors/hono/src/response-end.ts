import type { Outcome } from '@sluice/http'
import type { NodeResponse } from '@sluice/http/internal'
import type { Context } from 'hono'

/** The response of Node that a context ends in, where `@hono/node-server` runs the app. */
export function nodeResponse(c: Context): NodeResponse | undefined {
  return (c.env as { readonly outgoing?: NodeResponse } | undefined)?.outgoing
}

/**
 * Calls, once, when the runtime has read the body of the response to its end, or has cancelled it. A runtime that would end with the
 * response is asked to wait for what follows.
 */
export function onBodyEnd(c: Context, end: (outcome: Outcome) => Promise<void>): void {
  const { status, body } = c.res
  let done = (_completed: boolean): void => {}
  const ended = new Promise<boolean>((resolve) => {
    done = resolve
  }).then((completed) => end({ status, completed }))
  if (body === null) done(true)
  else c.res = new Response(watched(body, done), c.res)
  try {
    c.executionCtx.waitUntil(ended)
  } catch {
    // Hono throws where the runtime has no such context: there nothing ends with the response.
  }
}

/** The same stream, read as it is asked for. */
function watched(body: ReadableStream<Uint8Array>, done: (completed: boolean) => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done: isLast, value } = await reader.read()
        if (!isLast) return controller.enqueue(value)
        controller.close()
        done(true)
      } catch (error) {
        done(false)
        throw error
      }
    },
    async cancel(reason) {
      done(false)
      await reader.cancel(reason)
    },
  })
}
