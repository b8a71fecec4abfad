import { type Path, spell } from './path.ts'

/** One thing that is wrong with a document. Never holds a secret. */
export interface Problem {
  /** Where: `limiters.api.policy.capacity`. */
  readonly path: string
  /** What was expected there, and what was found. */
  readonly message: string
}

/** A document that cannot be used: all that is wrong with it. Nothing of it was applied. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly code = 'DOCUMENT'
  readonly problems: readonly Problem[]

  constructor(document: string, problems: readonly Problem[]) {
    const [first] = problems
    const count = `${problems.length} problems`
    super(
      problems.length === 1 && first !== undefined
        ? `${document}: ${first.message}`
        : `${document} has ${count}:\n${problems.map(({ message }) => `- ${message}`).join('\n')}`,
    )
    this.problems = problems
  }
}

/** ``Expected `path` to be …, got …``. */
export function problem(path: Path, expected: string, found: string): Problem {
  return { path: spell(path), message: `Expected ${quoted(path)} to be ${expected}, got ${found}` }
}

/** A problem in words of its own. */
export function problemIn(path: Path, message: string): Problem {
  return { path: spell(path), message }
}

/** A path in a sentence. */
export function quoted(path: Path): string {
  return path.length === 0 ? spell(path) : `\`${spell(path)}\``
}
