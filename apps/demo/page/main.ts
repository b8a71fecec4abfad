import { type Comparison, compare } from '../src/comparison/compare.ts'
import { durationText } from '../src/comparison/duration-text.ts'
import { readLink, writeLink } from '../src/comparison/link.ts'
import { tellingMoment } from '../src/comparison/moment.ts'
import { programOfAll } from '../src/comparison/program.ts'
import type { Settings } from '../src/comparison/settings.ts'
import { verdict } from '../src/comparison/verdict.ts'
import { trafficMarks } from '../src/picture/marks.ts'
import { picture } from '../src/picture/picture.ts'
import { chartStyle, hatch, palette } from '../src/picture/style.ts'
import { escaped } from '../src/picture/svg.ts'
import { byId } from './by-id.ts'
import { controls } from './controls.ts'
import { drawLanes, showMoment } from './lanes.ts'
import { playhead } from './playhead.ts'
import { redisCheck } from './redis-check.ts'
import { offerCopy, saveAs } from './take-home.ts'

const restMs = 100
const link = readLink(location.search)
let settings: Settings = link.settings
let shown: Comparison | undefined
let remembering: ReturnType<typeof setTimeout> | undefined
/** A link that is wrong stays as it is for as long as the page says so. */
let isLinkWrong = link.problems.length > 0

applyStyle()
document.body.classList.toggle('embedded', link.isEmbedded)
byId('notice').textContent = ['The link to this page is wrong.', ...link.problems].join(' ')
byId('notice').hidden = !isLinkWrong

const head = playhead({ at: link.at, onMove: showMomentNow })
const check = redisCheck()
const shownControls = controls({
  settings,
  onChange(changed) {
    isLinkWrong = false
    byId('notice').hidden = true
    settings = changed
    void update()
  },
})

byId('copy-link').addEventListener('click', () =>
  offerCopy('The link', new URL(writeLink(settings, head.at()), location.href).href),
)
byId('copy-code').addEventListener('click', () => offerCopy('The program', programOfAll(settings)))
byId('save-picture').addEventListener('click', () => {
  if (shown !== undefined) saveAs('sluice.svg', 'image/svg+xml', picture(shown))
})
new ResizeObserver(draw).observe(byId('lanes'))
void update()

/** In memory nothing waits for anything: the picture has changed before the browser handles another event. */
async function update(): Promise<void> {
  shown = await compare(settings)
  shownControls.show(settings)
  check.settingsAre(settings)
  rememberSoon()
  byId('verdict').innerHTML = verdict(shown)
    .map(({ text, as }) => (as === undefined ? escaped(text) : `<b class="${as}">${escaped(text)}</b>`))
    .join('')
  head.fit(shown.traffic.duration, tellingMoment(shown))
  draw()
}

/** Keeps the settings in the address, once they rest: browsers refuse to write it for each step of a drag. */
function rememberSoon(): void {
  if (isLinkWrong || location.protocol === 'file:') return
  clearTimeout(remembering)
  remembering = setTimeout(() => {
    history.replaceState(null, '', writeLink(settings, link.at) + (link.isEmbedded ? '&embed' : ''))
  }, restMs)
}

function draw(): void {
  if (shown === undefined) return
  const { traffic } = shown
  const svg = byId('traffic')
  const { width, height } = svg.getBoundingClientRect()
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.innerHTML = trafficMarks(traffic.arrivals, { width, height, duration: traffic.duration, window: settings.window })
  svg.ariaLabel = `The traffic: ${traffic.arrivals.length} requests in ${durationText(traffic.duration)}`
  drawLanes(shown, settings, head)
  showMomentNow()
}

function showMomentNow(): void {
  if (shown !== undefined) showMoment(shown, head.at())
}

function applyStyle(): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(palette + chartStyle)
  document.adoptedStyleSheets.push(sheet)
  byId('hatching').innerHTML = hatch
}
