import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface Arguments<S extends string> {
  readonly sections: readonly S[]
  /** Few and short rounds, to see that it runs; nothing is written. */
  readonly quick: boolean
}

/** Reads `[section…] [--quick]`; no section means all. Throws a `TypeError` for anything else. */
export function readArguments<S extends string>(args: readonly string[], sections: readonly S[]): Arguments<S> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false } },
  })
  const wanted = positionals.map((name) => {
    const section = sections.find((known) => known === name)
    if (section === undefined) throw new TypeError(`Expected sections among ${sections.join(', ')}, got \`${name}\``)
    return section
  })
  return { sections: wanted.length === 0 ? sections : wanted, quick: values.quick }
}
