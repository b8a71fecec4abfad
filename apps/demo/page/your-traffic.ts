import { curveAt } from '@sluice/simulation'
import { durationCode, durationText } from '../src/comparison/duration-text.ts'
import { windows } from '../src/comparison/settings.ts'
import type { LogCurves } from '../src/log/log-curves.ts'
import { adviceText, count, nameOf, promisedText, readText, refusedText, roundingText } from '../src/log/log-text.ts'
import type { LogAnswer, LogRequest, LogSummary, LogWindows } from '../src/log/log-worker.ts'
import { curveChart, limitSteps, lineKey, stepOf } from '../src/picture/curve-chart.ts'
import { escaped } from '../src/picture/svg.ts'
import { byId } from './by-id.ts'
import { draggable } from './draggable.ts'
import { startLogScript } from './page-worker.ts'

/** What the sentence begins with. */
const initial = { limit: 5, window: 60_000, most: 10, within: 10_000 }
const largestLimit = 1_000_000

/** A log of the reader: read in a worker, and what each limit would have done to its clients. */
export function yourTraffic(): void {
  const form = byId<HTMLFormElement>('log-sentence')
  const crosshair = byId<HTMLInputElement>('crosshair')
  const numbers = { ...initial }
  let summary: LogSummary | undefined
  let curves: { readonly limits: LogCurves; readonly promises: LogCurves } | undefined
  let steps: readonly number[] = []

  const draw = (): void => {
    if (summary === undefined || curves === undefined) return
    showCurves(curves.limits, steps, numbers.limit)
    byId('log-refused').textContent = refusedText(curves.limits, numbers.limit)
    byId('log-promised').textContent = promisedText(curves.promises, numbers.most)
    byId('log-advice').textContent = adviceText(curves.limits)
    byId('log-rounding').textContent = roundingText(summary, [numbers.window, numbers.within])
  }
  const reader = logReader({
    summary(read) {
      summary = read
      curves = undefined
      byId('log-result').hidden = true
      showMalformed(read)
      reader.ask(windowsOf(numbers))
    },
    curves(counted) {
      curves = counted
      steps = limitSteps(counted.limits)
      byId('log-result').hidden = false
      draw()
    },
  })

  fillForm(form)
  form.addEventListener('submit', (event) => event.preventDefault())
  form.addEventListener('input', () => {
    const problem = problemIn(form)
    byId('log-problem').textContent = problem
    if (problem !== '') return
    const before = windowsOf(numbers)
    Object.assign(numbers, valuesOf(form))
    const after = windowsOf(numbers)
    if (after.limit !== before.limit || after.promise !== before.promise) reader.ask(after)
    else draw()
  })
  crosshair.addEventListener('input', () => {
    numbers.limit = steps[Number(crosshair.value)] ?? numbers.limit
    field(form, 'limit').value = `${numbers.limit}`
    byId('log-problem').textContent = ''
    draw()
  })
  byId('log-stop').addEventListener('click', () => reader.stop())
  new ResizeObserver(draw).observe(byId('curve'))
  takeFiles((file) => reader.read(file))
}

/** A file that is chosen, or dropped anywhere on the page. */
function takeFiles(onFile: (file: File) => void): void {
  const input = byId<HTMLInputElement>('log-file')
  const section = byId('your-traffic')
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0]
    if (file !== undefined) onFile(file)
  }
  input.addEventListener('change', () => {
    take(input.files)
    // So that the same file may be chosen again.
    input.value = ''
  })
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = '⇪ your access log'
  button.addEventListener('click', () => {
    section.scrollIntoView()
    input.focus({ preventScroll: true })
    input.click()
  })
  byId('scenarios').append(button)
  document.addEventListener('dragover', (event) => event.preventDefault())
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    section.scrollIntoView()
    take(event.dataTransfer?.files)
  })
}

interface ReaderOptions {
  summary(summary: LogSummary): void
  curves(curves: { readonly limits: LogCurves; readonly promises: LogCurves }): void
}

/** A worker for each log, which is ended when the log is of no use any more. */
function logReader(tell: ReaderOptions): { read(file: File): void; ask(windows: LogWindows): void; stop(): void } {
  let worker: Worker | undefined
  let wanted: LogWindows | undefined

  const end = (status: string): void => {
    worker?.terminate()
    worker = undefined
    busy(false)
    byId('log-result').hidden = true
    byId('log-status').textContent = status
  }
  const send = (request: LogRequest): void => worker?.postMessage(request)
  const hear = (answer: LogAnswer, file: File): void => {
    if ('problem' in answer) {
      end('')
      byId('log-problem').textContent = answer.problem
    } else if ('reading' in answer) {
      const { bytes, lines } = answer.reading
      showProgress(bytes / file.size, `${count(lines)} lines`)
    } else if ('counted' in answer) showProgress(answer.counted, 'counting who is refused')
    else if ('summary' in answer) {
      byId('log-status').textContent = readText(answer.summary)
      tell.summary(answer.summary)
    } else if (answer.limits.window === wanted?.limit && answer.promises.window === wanted.promise) {
      busy(false)
      tell.curves(answer)
    }
  }
  return {
    read(file) {
      end(`Reading ${file.name}…`)
      byId('log-problem').textContent = ''
      byId('log-malformed').hidden = true
      busy(true)
      const started = startLogScript()
      started.addEventListener('message', ({ data }: MessageEvent<LogAnswer>) => {
        if (started === worker) hear(data, file)
      })
      started.addEventListener('error', () => hear({ problem: 'This browser starts no worker to read the log.' }, file))
      worker = started
      send({ file })
    },
    ask(windows) {
      wanted = windows
      busy(true)
      send({ windows })
    },
    stop: () => end('Stopped: the log is read no further.'),
  }
}

function busy(isBusy: boolean): void {
  byId('log-work').hidden = !isBusy
  if (isBusy) showProgress(0, '')
}

function showProgress(share: number, text: string): void {
  byId<HTMLProgressElement>('log-progress').value = share
  byId('log-count').textContent = text
}

/** The chart with its crosshair, and what each line says there. */
function showCurves(curves: LogCurves, steps: readonly number[], limit: number): void {
  const svg = byId('curve')
  const { width, height } = svg.getBoundingClientRect()
  if (width === 0) return
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.innerHTML = curveChart(curves, steps, limit, { width, height })
  const refused = curves.curves.map(({ algorithm, curve }) => {
    const { clientsRefused, share } = curveAt(curve, limit)
    return { name: nameOf(algorithm), text: `${count(clientsRefused)} (${(100 * share).toFixed(1)} %)` }
  })
  const inWindow = `${count(limit)} in ${durationText(curves.window)}`
  byId('curve-keys').innerHTML = refused
    .map(({ name, text }, i) => `<li>${lineKey(i)} ${escaped(name)} <b>${text}</b></li>`)
    .join('')
  svg.ariaLabel = `Clients refused, over the limit in ${durationText(curves.window)}`
  const crosshair = byId<HTMLInputElement>('crosshair')
  crosshair.max = `${steps.length - 1}`
  crosshair.value = `${Math.round(stepOf(limit, steps))}`
  crosshair.ariaValueText = `${inWindow} refuses: ${refused.map(({ name, text }) => `${name} ${text}`).join(', ')}`
}

const mostOfLine = 2000

/** The lines as they are, but for the end of those that would fill the page. */
function showMalformed({ malformed, firstMalformed }: LogSummary): void {
  byId('log-malformed').hidden = malformed === 0
  byId('log-lines').replaceChildren(
    ...firstMalformed.map(({ number, text }) => {
      const line = document.createElement('li')
      line.value = number
      line.append(Object.assign(document.createElement('code'), { textContent: shortened(text) }))
      return line
    }),
  )
}

function shortened(line: string): string {
  return line.length > mostOfLine ? `${line.slice(0, mostOfLine)}… (${count(line.length)} characters)` : line
}

function fillForm(form: HTMLFormElement): void {
  for (const name of ['limit', 'most'] as const) {
    field(form, name).max = `${largestLimit}`
    field(form, name).value = `${initial[name]}`
    draggable(field(form, name))
  }
  for (const name of ['window', 'within'] as const) {
    const options = windows.map((ms) => new Option(durationText(ms), durationCode(ms), false, ms === initial[name]))
    field(form, name).append(...options)
  }
}

function problemIn(form: HTMLFormElement): string {
  for (const name of ['limit', 'most']) {
    const { value, min, max, ariaLabel } = field(form, name)
    const isAllowed = /^\d+$/.test(value) && Number(value) >= Number(min) && Number(value) <= Number(max)
    if (!isAllowed) return `${ariaLabel}: whole numbers from ${min} to ${count(Number(max))}`
  }
  return ''
}

function valuesOf(form: HTMLFormElement): typeof initial {
  const windowIn = (name: string): number =>
    windows.find((ms) => durationCode(ms) === field(form, name).value) ?? initial.window
  return {
    limit: Number(field(form, 'limit').value),
    window: windowIn('window'),
    most: Number(field(form, 'most').value),
    within: windowIn('within'),
  }
}

function windowsOf({ window, within }: typeof initial): LogWindows {
  return { limit: window, promise: within }
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement
}
