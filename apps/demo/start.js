import { setFlagsFromString } from 'node:v8'

// The demo is TypeScript that Node runs as it is, so a Node that cannot is told so here, in a language that it knows.
if (process.features.typescript) {
  // A long log makes much garbage and keeps little: collect it before the heap has grown to several times what is kept.
  setFlagsFromString('--heap-growing-percent=25')
  await import('./src/main.ts')
} else {
  console.error(
    `demo: Expected a Node that runs TypeScript, 22.18 or newer, got ${process.version}` +
      (process.execArgv.includes('--no-experimental-strip-types') ? ' with --no-experimental-strip-types' : ''),
  )
  process.exitCode = 1
}
