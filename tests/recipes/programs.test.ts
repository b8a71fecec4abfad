import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const recipes = readdirSync(join(root, 'examples/recipes')).map((file) => file.replace('.ts', ''))

describe.each(recipes)('the recipe %s', (name) => {
  it('listens as a program, and answers at the route that it prints', async () => {
    const args = ['--conditions=@sluice/source', join('examples/recipes', `${name}.ts`)]
    const env = { ...process.env, PORT: String(await freePort()) }
    const program = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const said = new Promise<string>((resolve, reject) => {
      program.stdout.once('data', (text) => resolve(String(text)))
      program.once('exit', (code) => reject(new Error(`It ended with ${code}`)))
    })
    const [method, path] = (await said).trim().split(' ') as [string, string]
    const { status } = await fetch(`http://127.0.0.1:${env.PORT}${path}`, { method }).finally(() => program.kill())
    expect(status).toBeLessThan(500)
    expect(status).not.toBe(404)
  })

  it('has a page that says what it holds off, what not, and what comes next, and that the guide links to', () => {
    const page = read(`docs/guide/recipes/${name}.md`)
    expect(page).toContain(`](../../../examples/recipes/${name}.ts)`)
    expect(page).toContain(`](../../../tests/recipes/${name}.test.ts)`)
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual([
      'How it works',
      'What it protects against',
      'What it does not',
      'What an attacker would try next',
    ])
    expect(page.split('\n').length).toBeLessThanOrEqual(80)
    expect(read(`examples/recipes/${name}.ts`).split('\n').length).toBeLessThanOrEqual(85)
    expect(read('docs/guide/7-http.md')).toContain(`](recipes/${name}.md)`)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
