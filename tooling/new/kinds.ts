/** A kind of package that `new` writes. Its template is a package itself, in the folder of the kind's name. */
export interface Kind {
  /** What the template is called, in words joined by dashes: wherever it stands, the new name comes. */
  readonly template: string
  /** The folder of such packages, from the root. */
  readonly folder: string
  /** What their names at a registry begin with. */
  readonly scope: string
  /** What is left to do, in order. */
  readonly steps: readonly string[]
}

/** The kinds, by the word that asks for them. */
export const kinds: Readonly<Record<string, Kind>> = {
  algorithm: {
    template: 'plain-window',
    folder: 'packages/algorithms',
    scope: '@sluice/',
    steps: [
      'src/NAME.ts, src/NAME.lua.ts: load and save, in both spellings; what the numbers mean to the caller in TypeScript only',
      'src/conformance.ts: its options, its model in BigInt, its bounds',
      'src/sluice.ts: its options, for configuration documents',
      'src/NAME.test.ts: examples that read like documentation; mutants.ts: what each law would notice',
      'README.md, and the example: what it is for, and its limits',
      '',
      'npx -y pnpm@12 test tests/conformance -t NAME     its laws, on every store',
      'npx -y pnpm@12 test:mutants NAME                  who notices when it is broken',
      'SLUICE_UPDATE=scripts npx -y pnpm@12 test tooling/committed-scripts    its scripts, as they are sent to Redis',
      'SLUICE_UPDATE=schema npx -y pnpm@12 test tests/config/shipped-schema, then format    the schema of documents',
    ],
  },
  store: {
    template: 'plain-shelf',
    folder: 'packages/stores',
    scope: '@sluice/store-',
    steps: [
      'src/NAME-store.ts: where a state lies: find, read, write, remove',
      'src/conformance.ts: how to open an empty one, and how to look behind its back',
      'src/sluice.ts: its options and how it opens, for configuration documents',
      'src/NAME-store.test.ts: what only this store does; mutants.ts: what each law would notice',
      'README.md, and the example: what it is for, and its limits',
      '',
      'npx -y pnpm@12 test tests/conformance -t "on NAME"     the laws, with every algorithm',
      'npx -y pnpm@12 test:mutants NAME                       who notices when it is broken',
      'SLUICE_UPDATE=schema npx -y pnpm@12 test tests/config/shipped-schema, then format    the schema of documents',
    ],
  },
}
