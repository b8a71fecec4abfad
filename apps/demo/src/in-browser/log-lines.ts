/** How many clients `logLines` tells of. */
export const logClients = 60

/** One client makes one request, the second two, and so on, all within 40 s; their addresses are IPv4 and IPv6. */
export function logRequests(): readonly { readonly client: string; readonly at: number }[] {
  const requests: { client: string; at: number }[] = []
  for (let client = 1; client <= logClients; client += 1) {
    for (let i = 0; i < client; i += 1) {
      const at = Date.UTC(2026, 2, 4, 14) + Math.floor((i * 40_000) / client / 1000) * 1000
      requests.push({ client: client % 5 === 0 ? `2001:db8::${client}` : `192.0.2.${client}`, at })
    }
  }
  return requests
}

/** The same requests in each format that the page reads. */
export const logFormats: Readonly<Record<'common' | 'combined' | 'nginx JSON' | 'Caddy JSON', () => string>> = {
  common: () => textOf(({ client, at }) => `${client} - - [${dateOf(at)}] "GET / HTTP/1.1" 200 12`),
  combined: () => textOf(({ client, at }) => `${client} - - [${dateOf(at)}] "GET / HTTP/1.1" 200 12 "-" "Mozilla/5.0"`),
  'nginx JSON': () =>
    textOf(({ client, at }) =>
      JSON.stringify({
        remote_addr: client,
        time_iso8601: new Date(at).toISOString(),
        request: 'GET / HTTP/1.1',
        status: 200,
        body_bytes_sent: 12,
      }),
    ),
  'Caddy JSON': () =>
    textOf(({ client, at }) =>
      JSON.stringify({
        level: 'info',
        ts: at / 1000,
        logger: 'http.log.access',
        msg: 'handled request',
        request: { remote_ip: client, client_ip: client, method: 'GET', uri: '/', proto: 'HTTP/2.0' },
        status: 200,
        size: 12,
      }),
    ),
}

function textOf(line: (request: { readonly client: string; readonly at: number }) => string): string {
  return logRequests()
    .map((request) => `${line(request)}\n`)
    .join('')
}

function dateOf(at: number): string {
  const [date = '', clock = ''] = new Date(at).toISOString().split('T')
  return `${date.slice(8)}/Mar/2026:${clock.slice(0, 8)} +0000`
}
