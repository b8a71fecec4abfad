import stripJsonComments from 'strip-json-comments'
import { parseDocument } from 'yaml'
import { DocumentError, type Problem, problemIn } from './document-error.ts'

/**
 * The document in the text of a file: JSON, with comments and trailing commas if it likes, or YAML where the file's name ends in
 * `.yaml` or `.yml`. Throws a `DocumentError` that says where the text is wrong, and quotes none of it.
 */
export function parseText(text: string, file: string): unknown {
  const problems: Problem[] = []
  const document = /\.ya?ml$/i.test(file) ? parseYaml(text, problems) : parseJson(text, problems)
  if (problems.length > 0) throw new DocumentError(file, problems)
  return document
}

function parseJson(text: string, problems: Problem[]): unknown {
  if (text.trim() === '') return empty(problems)
  try {
    return JSON.parse(stripJsonComments(text.replace(/^\uFEFF/, ''), { trailingCommas: true }))
  } catch (error) {
    // The message of V8 quotes the text.
    const { message } = error as Error
    const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? []
    const position = /at position (\d+)/.exec(message)?.[1]
    const where = line === undefined ? placeOf(text, position) : `line ${line}, column ${column}`
    problems.push(problemIn([], `Expected the document to be JSON, got something else at ${where}`))
    return undefined
  }
}

function placeOf(text: string, position: string | undefined): string {
  if (position === undefined) return 'its end'
  const lines = text.slice(0, Number(position)).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}

function parseYaml(text: string, problems: Problem[]): unknown {
  try {
    const parsed = parseDocument(text, { prettyErrors: true, logLevel: 'silent' })
    for (const { code, linePos } of parsed.errors) {
      const where = linePos === undefined ? 'its end' : `line ${linePos[0].line}, column ${linePos[0].col}`
      problems.push(problemIn([], `Expected the document to be YAML, got ${code} at ${where}`))
    }
    if (problems.length > 0) return undefined
    return parsed.contents === null ? empty(problems) : parsed.toJS({ maxAliasCount: 100 })
  } catch {
    problems.push(problemIn([], 'Expected the document to be YAML, got aliases that cannot be resolved'))
    return undefined
  }
}

function empty(problems: Problem[]): undefined {
  problems.push(problemIn([], 'Expected the document to be an object with `limiters`, got nothing'))
  return undefined
}
