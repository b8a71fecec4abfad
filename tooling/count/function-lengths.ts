import { stripTypeScriptTypes } from 'node:module'
import { parse } from 'acorn'

/** A function of a source, named as its reader would. */
export interface CountedFunction {
  readonly name: string
  /** From its first line to its last. */
  readonly lines: number
}

type Syntax = { readonly type: string; readonly [part: string]: unknown }

const functions = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']

/** The functions of a source that stand on more than one line; those inside others are counted by themselves as well. */
export function functionLengths(source: string): readonly CountedFunction[] {
  const found: CountedFunction[] = []
  const program = parse(stripTypeScriptTypes(source), { ecmaVersion: 'latest', sourceType: 'module', locations: true })
  visit(program as unknown as Syntax, '', (node, name) => {
    const { start, end } = node.loc as {
      readonly start: { readonly line: number }
      readonly end: { readonly line: number }
    }
    if (end.line > start.line) found.push({ name, lines: end.line - start.line + 1 })
  })
  return found
}

/** Calls for each function below a node. `name` is that of what it is the value of. */
function visit(node: Syntax, name: string, found: (node: Syntax, name: string) => void): void {
  const own = nameOf(node) ?? name
  if (functions.includes(node.type)) found(node, own === '' ? 'a function without a name' : own)
  for (const part of Object.values(node)) {
    for (const child of Array.isArray(part) ? part : [part]) {
      if (isSyntax(child)) visit(child, own, found)
    }
  }
}

function nameOf({ id, key }: Syntax): string | undefined {
  const named = [id, key].find(isSyntax)
  return typeof named?.name === 'string' ? named.name : undefined
}

function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
