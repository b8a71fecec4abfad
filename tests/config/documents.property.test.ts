import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Schema, Validator } from '@cfworker/json-schema'
import { checkSluice, DocumentError, loadSluice, type SluiceDocument } from '@sluice/config'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changedDocuments, rightDocuments } from './documents.ts'

const file = join(import.meta.dirname, '..', '..', 'packages', 'config', 'src', 'sluice.schema.json')
// Another validator than the one of the package, over the schema that is shipped.
const shipped = new Validator(JSON.parse(readFileSync(file, 'utf8')) as Schema, '7')

const seed = Number(process.env.SLUICE_SEED ?? 20_261_127)
const runs = (count: number): fc.Parameters<unknown> => ({
  seed,
  numRuns: count * Number(process.env.SLUICE_RUNS ?? 1),
})

/** What is wrong with a document; `undefined` when nothing is. Whatever else is thrown fails the test. */
async function problemsOf(document: unknown): Promise<readonly string[] | undefined> {
  try {
    await checkSluice(document, { env: {} })
    return undefined
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    expect(error.problems.length).toBeGreaterThan(0)
    return error.problems.map(({ message }) => message)
  }
}

/** What no schema of a document can say. */
const beyondSchema = [
  // Packages are looked for where the document is, names of others are no mistake in general.
  /to be installed for|Install what is missing|the name of a package that is installed|to export `sluice`|to load, it failed/,
  // Numbers that only together are wrong.
  /to be at (least|most) \d+ with|to reduce to a smaller fraction|to be a whole number of ms from 1 to 2\^50|to be at most an hour/,
  // What an override may change depends on the policy of its limiter.
  /overrides\[\d+\]\.polic|got a tie/,
  // Text that names a variable, or is no number of JSON.
  /variable|name variables|\bNaN\b/,
  /what ".*" stands for/,
]

describe('a document', () => {
  it('that is right for the packages is so for the schema that is shipped', async () => {
    await fc.assert(
      fc.asyncProperty(rightDocuments, async (document) => {
        expect(await problemsOf(document)).toBeUndefined()
        expect(shipped.validate(document).errors).toEqual([])
      }),
      runs(150),
    )
  })

  it('with something changed is right for both or wrong for both, but for what no schema can say; and shows no secret', async () => {
    const said = { right: 0, wrong: 0, beyond: 0 }
    await fc.assert(
      fc.asyncProperty(changedDocuments, async (document) => {
        const problems = await problemsOf(document)
        const json = JSON.parse(JSON.stringify(document)) as object
        const isRight = shipped.validate(json).valid
        for (const problem of problems ?? []) expect(problem).not.toContain('hunter2')
        if (problems === undefined) {
          said.right += 1
          expect(isRight).toBe(true)
        } else if (problems.every((problem) => beyondSchema.some((pattern) => pattern.test(problem)))) said.beyond += 1
        else {
          said.wrong += 1
          expect(isRight, problems.join('\n')).toBe(false)
        }
      }),
      runs(600),
    )
    // It has drawn enough of each.
    expect(said.right).toBeGreaterThan(20)
    expect(said.wrong).toBeGreaterThan(200)
  })

  it('of any values at all is refused with a DocumentError', async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
    })
    const shapes = fc.oneof(
      anything,
      fc.record({ limiters: anything }),
      fc.record({
        limiters: fc.dictionary(fc.string(), fc.record({ policy: anything, policies: anything, overrides: anything })),
      }),
      fc.record({ store: anything, limiters: fc.constant({ a: { policy: { algorithm: 'token-bucket' } } }) }),
    )
    await fc.assert(
      fc.asyncProperty(shapes, async (document) => {
        await expect(loadSluice(document as SluiceDocument, { env: {} })).rejects.toBeInstanceOf(DocumentError)
      }),
      runs(300),
    )
  })

  it('that is wrong changes nothing of one that is at work', async () => {
    const before = { limiters: { api: { policy: { algorithm: 'fixed-window', limit: 7, window: '1h' } } } } as const
    const sluice = await loadSluice(before, { env: {} })
    await fc.assert(
      fc.asyncProperty(changedDocuments, async (document) => {
        const { limiters } = document as { limiters?: object }
        const next = {
          ...document,
          limiters: typeof limiters === 'object' ? { ...before.limiters, ...limiters } : limiters,
        }
        // By the other validator: the check itself may be what is broken.
        if (shipped.validate(JSON.parse(JSON.stringify(next))).valid) return
        await expect(sluice.reload(next)).rejects.toBeInstanceOf(DocumentError)
        expect(Object.keys(sluice.limiters)).toEqual(['api'])
        expect((await sluice.limiters.api.peek('ann')).limit).toBe(7)
      }),
      runs(100),
    )
  })
})
