// The one script of the page: the page itself, and, where a document is absent, the worker that it starts with this same script.
import { startPage } from './start-page.ts'
import { startWorker } from './start-worker.ts'

if ('document' in globalThis) startPage()
else startWorker()
