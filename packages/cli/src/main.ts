#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { runSluice } from './run-sluice.ts'
import { processTerminal } from './terminal.ts'

// A long log makes much garbage and keeps little: collected early, a million lines fit into 256 MB.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--heap-growing-percent=20')

// Who reads the output may stop early: `sluice replay access.log | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

process.exitCode = await runSluice(process.argv.slice(2), processTerminal())
