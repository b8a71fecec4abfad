import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { afterAll, expect, it } from 'vitest'
import { layExamples } from './example-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'))
const program = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts')
layExamples(folder)
afterAll(() => rmSync(folder, { recursive: true }))

/** Of 5,000 clients, 20 requests a second; with all that a real line has, it would not fit if it were kept. */
function* longLog(lines: number): Generator<string> {
  for (let i = 0; i < lines; i += 1) {
    const date = new Date(Date.UTC(2026, 2, 4) + Math.floor(i / 20) * 1000).toISOString()
    const address = `10.${i % 50}.${i % 10}.${((i * 7) % 1000) % 250}`
    yield `${address} - - [04/Mar/2026:${date.slice(11, 19)} +0000] "GET /${i} HTTP/1.1" 200 512 "-" "${'agent '.repeat(20)}"\n`
  }
}

it('replays a long log from standard input in little memory, and shows how far it has come', async () => {
  const flags = ['--max-old-space-size=40', '--max-semi-space-size=4', '--conditions=@sluice/source']
  const child = spawn(process.execPath, [...flags, program, 'replay', '-', '--config', 'sluice.json'], { cwd: folder })
  const ending = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  await pipeline(Readable.from(longLog(500_000)), child.stdin)
  const [output, errors, [code]] = await ending
  expect([code, errors.split('\n')[0]]).toEqual([0, 'read 500,000 lines'])
  expect(output).toMatch(/^500,000 requests of [\d,]+ clients/)
})
