import { type Comparison, compare } from '../src/comparison/compare.ts'
import { numberWord } from '../src/comparison/counted.ts'
import { type Link, readLink, writeLink } from '../src/comparison/link.ts'
import { tellingMoment } from '../src/comparison/moment.ts'
import { type PackedComparison, packed, unpacked } from '../src/comparison/packed-comparison.ts'
import { programOfAll } from '../src/comparison/program.ts'
import { mostDecisions } from '../src/comparison/scenarios.ts'
import type { Settings } from '../src/comparison/settings.ts'
import { verdict } from '../src/comparison/verdict.ts'
import { picture } from '../src/picture/picture.ts'
import { chartStyle, hatch, palettes } from '../src/picture/style.ts'
import { escaped } from '../src/picture/svg.ts'
import { byId } from './by-id.ts'
import { chooser } from './chooser.ts'
import { comparisons } from './comparisons.js'
import { controls } from './controls.ts'
import { drawingBoard, drawn } from './drawing.ts'
import { drawLanes, focusFold, showMoment } from './lanes.ts'
import { pageWorker } from './page-worker.ts'
import { playhead } from './playhead.ts'
import { redisCheck } from './redis-check.ts'
import { offerCopy, saveAs } from './take-home.ts'
import { drawTraffic } from './traffic.ts'
import { yourTraffic } from './your-traffic.ts'

const restMs = 100

/** Up to so many decisions an algorithm is asked between two events; for more, the page asks its worker. */
const mostAtOnce = 1000

/** Shows what the address asks for, and follows the controls. */
export function startPage(): void {
  const link = readLink(location.search)
  applyStyle()
  document.body.classList.toggle('embedded', link.isEmbedded)
  const remember = addressOf(link)
  let settings: Settings = link.settings
  let shown: Comparison | undefined

  const head = playhead({ at: link.at, onMove: () => shown !== undefined && showMoment(shown, head.at()) })
  const check = redisCheck()
  const far = farComparisons((comparison) => show(comparison))
  const change = (changed: Settings): void => {
    settings = changed
    remember(settings)
    void update()
  }
  const shownControls = controls({ settings, traffic: () => shown?.traffic, onChange: change })
  const board = drawingBoard({ onDraw: (drawing) => change({ ...settings, ...drawn(drawing) }) })

  /** In the page nothing waits for anything: the picture has changed before the browser handles another event. */
  async function update(): Promise<void> {
    shownControls.show(settings)
    board.show(settings)
    check.settingsAre(settings)
    if (mostDecisions(settings) > mostAtOnce) far.ask(settings)
    else {
      far.giveUp()
      show(await compare(settings))
    }
  }
  function show(comparison: Comparison): void {
    shown = comparison
    byId('verdict').innerHTML = verdict(shown)
      .map(({ text, as }) => (as === undefined ? escaped(text) : `<b class="${as}">${escaped(text)}</b>`))
      .join('')
    byId('times').textContent = numberWord(shown.lanes.length)
    head.fit(shown.traffic.duration, tellingMoment(shown))
    draw()
  }
  function draw(): void {
    if (shown === undefined) return
    drawTraffic(shown)
    drawLanes({ comparison: shown, present: settings, head, onFold })
    showMoment(shown, head.at())
  }
  async function onFold(id: string): Promise<void> {
    const { opened } = settings
    settings = {
      ...settings,
      opened: opened.includes(id)
        ? opened.filter((one) => one !== id)
        : [...opened, id].sort((a, b) => (a < b ? -1 : 1)),
    }
    remember(settings)
    await update()
    focusFold(id)
  }

  byId('copy-link').addEventListener('click', () =>
    offerCopy('The link', new URL(writeLink(settings, head.at()), location.href).href),
  )
  byId('copy-code').addEventListener('click', () => offerCopy('The program', programOfAll(settings)))
  byId('save-picture').addEventListener('click', () => {
    if (shown !== undefined) saveAs('sluice.svg', 'image/svg+xml', picture(shown))
  })
  if (!link.isEmbedded) {
    chooser()
    yourTraffic()
  }
  new ResizeObserver(draw).observe(byId('lanes'))
  void update()
}

/** Keeps the settings in the address, once they rest: browsers refuse to write it for each step of a drag. */
function addressOf(link: Link): (settings: Settings) => void {
  let remembering: ReturnType<typeof setTimeout> | undefined
  const notice = byId('notice')
  // A link that is wrong stays as it is for as long as the page says so.
  notice.textContent = ['The link to this page is wrong.', ...link.problems].join(' ')
  notice.hidden = link.problems.length === 0
  const remember = (settings: Settings): void => {
    notice.hidden = true
    if (location.protocol === 'file:') return
    clearTimeout(remembering)
    remembering = setTimeout(() => {
      history.replaceState(null, '', writeLink(settings, link.at) + (link.isEmbedded ? '&embed' : ''))
    }, restMs)
  }
  if (notice.hidden) remember(link.settings)
  return remember
}

/** Comparisons of many requests, made in a worker: the newest settings win, and until then what is shown is marked as old. */
function farComparisons(show: (comparison: Comparison) => void): { ask(settings: Settings): void; giveUp(): void } {
  const worker = pageWorker()
  let isWanted = false
  const busy = (isBusy: boolean): void => {
    byId('lanes').ariaBusy = String(isBusy)
  }
  const { ask } = comparisons({
    async load(query, signal) {
      const ofWorker = worker.ask(query) as Promise<PackedComparison>
      // A browser that starts no worker has to wait.
      const result = await ofWorker.catch(async () => packed(await compare(readLink(`?${query}`).settings)))
      signal.throwIfAborted()
      return { result }
    },
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
    screen: {
      working: () => busy(true),
      result(result: PackedComparison, _, isNewest) {
        if (!isWanted) return
        busy(!isNewest)
        show(unpacked(result))
      },
      problem() {},
    },
  })
  return {
    ask(settings) {
      isWanted = true
      ask(writeLink(settings).slice(1))
    },
    giveUp() {
      isWanted = false
      busy(false)
    },
  }
}

function applyStyle(): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(palettes.both + chartStyle)
  document.adoptedStyleSheets.push(sheet)
  byId('hatching').innerHTML = hatch
}
