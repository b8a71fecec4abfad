// Sends requests to app.ts for as long as it runs: people who search, one who takes all that there is, one who guesses
// passwords, and mail.
const url = process.env.APP_URL ?? 'http://127.0.0.1:3000'

/** Somebody who sends so many requests a second, at random. */
interface Sender {
  readonly perSecond: number
  send(): Promise<Response>
}

const person = (): string => `user:${Math.floor(200 * Math.random())}`

function search(user: () => string): () => Promise<Response> {
  return () => fetch(`${url}/search`, { headers: { 'X-User': user() } })
}

function login(user: () => string, password: string): () => Promise<Response> {
  return () => fetch(`${url}/login`, { method: 'POST', headers: { 'X-User': user(), 'X-Password': password } })
}

const senders: readonly Sender[] = [
  { perSecond: 60, send: search(person) },
  { perSecond: 18, send: search(() => 'a scraper') },
  { perSecond: 5, send: login(person, 'right') },
  { perSecond: 2, send: login(() => 'user:1', 'a guess') },
  { perSecond: 4, send: () => fetch(`${url}/mail`, { method: 'POST' }) },
]

for (const { perSecond, send } of senders) {
  const next = (): void => {
    send().then(
      (response) => response.arrayBuffer(),
      () => {},
    )
    setTimeout(next, (-Math.log(Math.random()) / perSecond) * 1000)
  }
  next()
}
console.log(`sending to ${url}`)
