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
  {
    name: 'a drawing holds more requests than an address may ask for',
    law: { file: 'apps/demo/src/comparison/drawing.test.ts', title: 'holds no more' },
    file: 'src/comparison/drawing.ts',
    edits: [['Math.min(count, mostPerStep, most.requests - others)', 'Math.min(count, mostPerStep)']],
  },
  {
    name: 'what is tried of an algorithm never begins at the end of a window',
    law: { file: 'apps/demo/src/comparison/tried-promise.property.test.ts', title: 'finds by trying' },
    file: 'src/comparison/tried-promise.ts',
    edits: [['[0, Math.floor(window / 2), window - 1]', '[0]']],
  },
  {
    name: 'what is tried of an algorithm never begins a window with one request',
    law: { file: 'apps/demo/src/comparison/tried-promise.property.test.ts', title: 'a first request begins' },
    file: 'src/comparison/tried-promise.ts',
    edits: [['now += pause', 'now += 0 * pause']],
  },
  {
    name: 'a check whose time is up fails',
    law: { file: 'apps/demo/src/serve.test.ts', title: 'says how far it came when the time is up' },
    file: 'src/check-on-store.ts',
    edits: [['error === timeUp.reason', 'error !== timeUp.reason']],
  },
  {
    name: 'a store that hangs holds a check past its time',
    law: { file: 'apps/demo/src/serve.test.ts', title: 'has a time limit' },
    file: 'src/abortable-store.ts',
    edits: [['Promise.race([answer, aborted])', 'answer']],
  },
  {
    name: 'a log is read as a whole',
    law: { file: 'apps/demo/src/log/read-log-file.test.ts', title: 'reads no more than a chunk' },
    file: 'src/log/read-log-file.ts',
    edits: [['const chunkBytes = 256 * 1024', 'const chunkBytes = 256 ** 4']],
  },
  {
    name: 'what is packed twice is taken for text',
    law: { file: 'apps/demo/src/log/read-log-file.test.ts', title: 'gives up what is packed twice' },
    file: 'src/log/read-log-file.ts',
    edits: [['first === 0x1f && second === 0x8b', 'first === 0x1f && second === 0x8c']],
  },
  {
    name: 'curves of windows that nobody wants any more are counted to the end',
    law: { file: 'apps/demo/src/log/log-worker.test.ts', title: 'newest windows alone' },
    file: 'src/log/log-worker.ts',
    edits: [['    counting.abort()\n', '']],
  },
  {
    name: 'the second half of the sentence compares by the limit',
    law: { file: 'apps/demo/src/log/log-worker.test.ts', title: 'compares by what is promised' },
    file: 'src/log/log-curves.ts',
    edits: [['burst: limit }, by)', "burst: limit }, 'limit')"]],
  },
]
