import type { AccessLog } from './access-log.ts'

/** When each client of a log came, by the client's index: its times in order. */
export interface TimesByClient {
  /** The most requests of one client. */
  readonly most: number
  of(client: number): Float64Array
}

/** All times lie in one array, each client's side by side: an array for each of many clients would take far more memory. */
export function timesByClient({ clients, clientOf, times }: AccessLog): TimesByClient {
  const starts = new Uint32Array(clients.length + 1)
  for (const client of clientOf) starts[client + 1] = (starts[client + 1] as number) + 1
  let most = 0
  for (let client = 0; client < clients.length; client += 1) {
    most = Math.max(most, starts[client + 1] as number)
    starts[client + 1] = (starts[client] as number) + (starts[client + 1] as number)
  }

  const grouped = new Float64Array(times.length)
  const ends = starts.slice()
  for (const [request, client] of clientOf.entries()) {
    const end = ends[client] as number
    grouped[end] = times[request] as number
    ends[client] = end + 1
  }
  return { most, of: (client) => grouped.subarray(starts[client], starts[client + 1]).sort() }
}
