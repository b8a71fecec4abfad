/** `docs/performance.md` before anything was measured. What stands between two markers is written by a run. */
export const emptyDocument: string = `# Performance

What a decision costs, measured side by side with other packages. Every number in the tables was written by the run that
measured it.

| command                        | what it measures                                                |
| ------------------------------ | --------------------------------------------------------------- |
| \`npx -y pnpm@12 bench\`         | time in memory, bytes a key, throughput and CPU time over Redis |
| \`npx -y pnpm@12 bench memory\`  | the first two alone                                             |
| \`npx -y pnpm@12 bench redis\`   | the last two alone                                              |
| \`npx -y pnpm@12 bench:scripts\` | instructions of the Redis server for each decision              |

With \`--quick\` they only show that they run, and write nothing. Contenders take turns (A B C A B C …), and what is told is
the median. Times differ from one machine, and one hour, to the next: compare ratios, within one run. Counts of instructions
hardly differ.

## Goals

What was set out to be reached, before it was built, and what was measured.

<!-- goals -->
<!-- /goals -->

## In memory

<!-- memory -->
<!-- /memory -->

## Over Redis

<!-- redis -->
<!-- /redis -->

## Inside Redis

<!-- scripts -->
<!-- /scripts -->
`
