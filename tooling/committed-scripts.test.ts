import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { committedScripts, writeScript } from './committed-scripts.ts'
import { filesOf, root } from './packages.ts'

const scripts = await committedScripts()

describe('the committed script', () => {
  it.each(scripts)('$file is the one that is sent to Redis', (script) => {
    if (process.env.SLUICE_UPDATE === 'scripts') writeScript(script)
    expect(readFileSync(join(root, script.file), 'utf8')).toBe(script.source)
  })
})

it('no script is left of what is no longer sent', () => {
  expect(filesOf('packages/**/scripts/*.lua')).toEqual(scripts.map(({ file }) => file).sort())
})
