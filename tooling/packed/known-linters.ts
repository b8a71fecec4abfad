import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import type { PackedPackage } from './public-packages.ts'

/** What are-the-types-wrong reports and we mean: the kind of problem, and why it is none. */
const exceptions: Readonly<Partial<Record<Problem['kind'], string>>> = {
  CJSResolvesToESM: 'ESM only: Node 20.19 and newer can require it, others import it dynamically',
}

/** What publint says of a package, suggestions included. */
export async function publintProblems({ manifest, tarball }: PackedPackage): Promise<readonly string[]> {
  const { messages } = await publint({ pack: { tarball: bytes(tarball).buffer }, strict: true })
  return messages.map((message) => `${manifest.name}: ${formatMessage(message, manifest) ?? message.code}`)
}

/** What are-the-types-wrong says of a package, beside the exceptions; an exception that is not needed is a problem. */
export async function typeProblems({ manifest, tarball }: PackedPackage): Promise<readonly string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(bytes(tarball)))
  if (analysis.types === false) return [`${manifest.name}: no types`]
  const kinds = new Set(analysis.problems.map(({ kind }) => kind))
  const unneeded = Object.keys(exceptions).filter((kind) => !kinds.has(kind as Problem['kind']))
  return [
    ...analysis.problems.filter(({ kind }) => !(kind in exceptions)).map((problem) => JSON.stringify(problem)),
    ...unneeded.map((kind) => `the exception ${kind} is not needed`),
  ].map((problem) => `${manifest.name}: ${problem}`)
}

function bytes(file: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(file))
}
