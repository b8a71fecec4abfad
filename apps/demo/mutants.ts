import type { Mutant } from '../../tooling/mutants/mutant.ts'

/** This package, broken on purpose in one place at a time. */
export const mutants: readonly Mutant[] = [
  {
    name: 'the page does not try again what failed for a while',
    law: { file: 'apps/demo/src/page-comparisons.test.ts', title: 'tries again what failed' },
    file: 'page/comparisons.js',
    edits: [['callOffRetry = after(retryMs, run)', 'callOffRetry = () => {}']],
  },
  {
    name: 'the page waits for a comparison that nobody wants any more',
    law: { file: 'apps/demo/src/page-comparisons.test.ts', title: 'gives up a slow comparison' },
    file: 'page/comparisons.js',
    edits: [['request.abort()', 'request']],
  },
  {
    name: 'the page takes any limit out of a link',
    law: { file: 'apps/demo/src/comparison/link.test.ts', title: 'says what is wrong with the link' },
    file: 'src/comparison/link.ts',
    edits: [['Number(text) >= 1 && Number(text) <= highest', 'true']],
  },
  {
    name: 'the page is served under any name',
    law: { file: 'apps/demo/src/serve.test.ts', title: 'serves only the address' },
    file: 'src/serve.ts',
    edits: [['!isOurs(request, port)', 'port < 0']],
  },
  {
    name: 'what a client says of itself is taken for an answer of Redis',
    law: { file: 'apps/demo/src/watched-store.test.ts', title: 'says of' },
    file: 'src/watched-store.ts',
    edits: [['/^[A-Z]{2,} /.test(error.message)', "error.message !== ''"]],
  },
]
