/** `docs/performance.md` before anything was measured. What stands between two markers is written by a run. */
export const emptyDocument: string = `# Performance

What a decision costs, measured side by side with other packages. Every number in the tables was written by the run that
measured it.

| command                         | what it measures                                                |
| ------------------------------- | --------------------------------------------------------------- |
| \`npx -y pnpm@12 bench\`          | time in memory, bytes a key, throughput and CPU time over Redis |
| \`npx -y pnpm@12 bench memory\`   | the first two alone                                             |
| \`npx -y pnpm@12 bench redis\`    | throughput and CPU time over Redis alone                        |
| \`npx -y pnpm@12 bench distance\` | how long decisions wait when Redis is 20 ms away                |
| \`npx -y pnpm@12 bench demo\`     | how fast the demo's page follows a drag, in a real Chromium     |
| \`npx -y pnpm@12 bench doors\`    | requests a second through the doors, and their peers            |
| \`npx -y pnpm@12 bench metrics\`  | what it costs to listen: metrics, with and without OpenTelemetry |
| \`npx -y pnpm@12 bench:scripts\`  | instructions of the Redis server for each decision              |

With \`--quick\` they only show that they run, and write nothing. Contenders take turns (A B C A B C …), and what is told is
the median. Times differ from one machine, and one hour, to the next: compare ratios, within one run. Counts of instructions
hardly differ.

## Goals

What was set out to be reached, before it was built, and what was measured.

<!-- goals -->
<!-- /goals -->

### Why some are missed

- **A hot key in memory.** The hand-written limit is nearly all clock: it reads the time, and answers with a boolean. A decision
  with what each policy says is two objects more, about half as much again; lookup, load, charge and writing the row are the
  rest. The peers that are faster answer with one flat object, or a number, and keep no order of expiry.
- **10 k keys in memory.** Keys are found by a \`Map\`, as by hand; what takes longer is the same as on a hot key. The compact store
  hashes a key in JavaScript and finds it in rows, which takes fewer bytes: at a million keys memory decides, and the rows win.
- **A refused token bucket in Redis.** The command with its arguments, the clock, one GET and the reply cost three fifths of
  what the hash takes in all. The script of @upstash/ratelimit is told the time by its caller, and reads no clock.
- **The log, when an entry leaves.** It reads one run more, by its place; a sorted set does that within one command.
- **CPU time on ioredis.** What remains beside the client's own work is the decision, a deadline and the promise of each caller.
  With 32 in flight one by one, the slower script sends its replies in more and smaller pieces than the bare one.
- **Merged, with one in flight on ioredis.** The goal is not to lose. Both take the same path, and differ by less than two runs do.
- **Merged, to the best peer.** On distinct keys the server is busy with the decisions themselves: a batch costs it some 30
  thousand instructions for each, a peer's command little less. On a hot key it is nearly idle, and the client is what
  limits: each caller has a promise and a decision of its own.

## In memory

<!-- memory -->
<!-- /memory -->

## Over Redis

<!-- redis -->
<!-- /redis -->

## Over Redis, far away

<!-- distance -->
<!-- /distance -->

## The demo in a browser

<!-- demo -->
<!-- /demo -->

## Doors

<!-- doors -->
<!-- /doors -->

## Metrics

<!-- metrics -->
<!-- /metrics -->

## Inside Redis

<!-- scripts -->
<!-- /scripts -->
`
