// Asks /compare for the timeline of each algorithm and draws them by hand, one lane each, on a shared time axis.

import { comparisons } from './comparisons.js'
import { readLink } from './link.js'
import { loadComparison } from './load-comparison.js'

const controls = document.querySelector('#controls')
const lanes = document.querySelector('#lanes')
const errorText = document.querySelector('#error')
const notice = document.querySelector('#notice')
const working = document.querySelector('#working')
const template = document.querySelector('#lane')

const names = {
  'token-bucket': ['Token bucket', 'Takes a burst at once, then refills at a constant rate.'],
  'leaky-bucket': ['Leaky bucket', 'Takes the same burst, but lets it out evenly: each request waits for its turn.'],
  'fixed-window': ['Fixed window', 'Counts afresh in each window, so two bursts around a boundary both get through.'],
  'sliding-log': [
    'Sliding log',
    'Remembers each request: never more than the limit in any window, wherever it starts.',
  ],
}

const about = {
  'boundary-burst': 'A burst just before each boundary between two windows, and another just after it.',
  burst: 'A burst every window and a half, and silence between.',
  steady: 'Requests at a constant average rate, at random times.',
  spike: 'Half the intensity for most of the time, and for half a window eight times as much.',
  'retry-storm':
    'Clients that, when refused, come back after a tenth of a window, up to 20 times, whatever they are told.',
}

// Sizes in px: the room above the bars for the text, for the departures, for the bars themselves, and for the ticks.
const room = { text: 18, departures: 26, bars: 96, ticks: 18, scale: 26 }

let shown

const { ask } = comparisons({
  load: loadComparison('compare'),
  screen: { working: showWorking, result: showResult, problem: showProblem },
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
})

restore()
controls.addEventListener('input', () => {
  notice.hidden = true
  update()
})
controls.addEventListener('submit', (event) => event.preventDefault())
new ResizeObserver(() => draw()).observe(lanes)
update()

/** The controls as a query; a capacity that is left empty is the limit. */
function query() {
  const parameters = new URLSearchParams(new FormData(controls))
  if (parameters.get('capacity').trim() === '') parameters.delete('capacity')
  return parameters
}

/** The page's address holds the parameters, so that a comparison can be kept and shared. */
function restore() {
  const { values, problems } = readLink(location.search)
  for (const [name, value] of Object.entries(values)) controls.elements.namedItem(name).value = value
  notice.textContent = ['The link to this page is wrong.', ...problems].join(' ')
  notice.hidden = problems.length === 0
}

function update() {
  const parameters = query()
  describeControls(parameters)
  ask(parameters.toString())
}

function describeControls(parameters) {
  const intensity = controls.querySelector('[data-for="intensity"]')
  const limit = controls.querySelector('[data-for="limit"]')
  intensity.textContent = `${parameters.get('intensity')} × limit`
  limit.textContent = parameters.get('limit')
}

function showWorking() {
  lanes.ariaBusy = 'true'
  working.hidden = false
}

function showProblem(problem, isRetrying) {
  errorText.textContent = isRetrying ? `${problem} Trying again until it answers.` : problem
  errorText.hidden = false
  lanes.classList.add('stale')
  lanes.ariaBusy = 'false'
  working.hidden = true
}

function showResult(answer, parameters, isNewest) {
  shown = answer
  errorText.hidden = true
  lanes.classList.remove('stale')
  lanes.ariaBusy = isNewest ? 'false' : 'true'
  working.hidden = isNewest
  // A link that is wrong stays as it is for as long as the page says so.
  if (isNewest && notice.hidden) history.replaceState(null, '', `?${parameters}`)
  document.querySelector('#store').textContent = answer.store === 'memory' ? 'memory' : `Redis, through ${answer.store}`
  document.querySelector('#about').textContent = about[answer.pattern]
  draw()
}

function draw() {
  if (shown === undefined) return
  if (lanes.childElementCount === 0) lanes.append(...shown.results.map(makeLane))
  const most = {
    admitted: Math.max(1, ...shown.results.flatMap(({ buckets }) => buckets.map((bucket) => bucket.admitted))),
    refused: Math.max(0, ...shown.results.flatMap(({ buckets }) => buckets.map((bucket) => bucket.refused))),
  }
  for (const [i, result] of shown.results.entries()) drawLane(lanes.children[i], result, most)
}

function makeLane({ algorithm }) {
  const lane = template.content.firstElementChild.cloneNode(true)
  const [name, blurb] = names[algorithm]
  lane.querySelector('h2').textContent = name
  lane.querySelector('.blurb').textContent = blurb
  const svg = lane.querySelector('svg')
  svg.addEventListener('pointermove', (event) => point(event.clientX - svg.getBoundingClientRect().left))
  svg.addEventListener('pointerleave', () => point(undefined))
  return lane
}

function drawLane(lane, result, most) {
  const { totals, worstWindow } = result
  const window = durationText(shown.window)
  const worst = worstWindow?.units ?? 0
  const times = worst / shown.limit
  const over = times > 1

  text(lane, '.of-admitted dd', count(totals.admitted))
  text(lane, '.of-refused dd', count(totals.refused))
  text(lane, '.of-delayed dd', count(totals.delayed))
  text(lane, '.of-worst dt', `most in any ${window}`)
  text(lane, '.units', count(worst))
  text(lane, '.times', over ? `▲ ${rounded(times)}× the limit` : 'within the limit')
  lane.querySelector('.of-worst').classList.toggle('over', over)
  text(lane, '.readout', '')

  const svg = lane.querySelector('svg')
  const delays = totals.delayed > 0 ? `, ${totals.delayed} delayed by up to ${durationText(result.longestDelayMs)}` : ''
  svg.ariaLabel =
    `${names[result.algorithm][0]}: of ${totals.asked} requests ${totals.admitted} admitted, ${totals.refused} refused` +
    `${delays}; at most ${worst} got through in any ${window}, the limit is ${shown.limit}.`
  drawChart(svg, result, most)
}

function drawChart(svg, result, most) {
  const width = svg.clientWidth || svg.parentElement.clientWidth
  const x = (ms) => room.scale + (ms / shown.duration) * (width - room.scale)
  const hasDepartures = result.totals.delayed > 0
  const top = room.text + (hasDepartures ? room.departures : 0)
  const up = room.bars * share(most)
  const baseline = top + up
  const bottom = top + room.bars
  const height = bottom + room.ticks
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.setAttribute('height', height)

  const parts = [...worstParts(result, { x, bottom, width }), ...boundaryParts({ x, bottom })]
  if (hasDepartures) parts.push(...departureParts(result, { x, bottom: top - 4 }))
  for (const [i, bucket] of result.buckets.entries()) {
    const left = x(i * result.bucketMs) + 0.5
    const wide = Math.max(1, x(result.bucketMs) - x(0) - 1)
    const unit = up / most.admitted
    const now = (bucket.admitted - bucket.delayed) * unit
    const later = bucket.delayed * unit
    if (now > 0) parts.push(bar('admitted', left, baseline - now, wide, now))
    if (later > 0) parts.push(bar('delayed', left + 0.75, baseline - now - later + 0.75, wide - 1.5, later - 0.75))
    const down = bucket.refused * ((room.bars - up) / Math.max(1, most.refused))
    if (down > 0) parts.push(bar('refused', left, baseline, wide, down))
  }
  parts.push(
    node('line', { class: 'baseline', x1: room.scale, x2: width, y1: baseline, y2: baseline }),
    label('scale', room.scale - 5, top + 9, count(most.admitted), 'end'),
    ...(most.refused > 0 ? [label('scale', room.scale - 5, bottom, count(most.refused), 'end')] : []),
    node('line', { class: 'cursor', x1: 0, x2: 0, y1: room.text, y2: bottom, visibility: 'hidden' }),
  )
  svg.replaceChildren(...parts)
}

/** How much of the height the admitted take: as their part of the tallest bars, within reason. */
function share({ admitted, refused }) {
  if (refused === 0) return 1
  return Math.min(0.7, Math.max(0.4, admitted / (admitted + refused)))
}

/** The window in which the most got through, as a band with the number on top. */
function worstParts({ worstWindow, start }, { x, bottom, width }) {
  if (worstWindow === undefined) return []
  const from = x(worstWindow.start - start)
  const to = Math.min(width, x(worstWindow.start - start + shown.window))
  const middle = Math.min(width - 60, Math.max(room.scale + 60, (from + to) / 2))
  const edge = room.text - 2
  return [
    node('rect', { class: 'worst', x: from, y: edge, width: Math.max(0, to - from), height: bottom - edge }),
    node('path', { class: 'worst-edge', d: `M${from} ${edge + 5}V${edge}H${to}V${edge + 5}` }),
    label('worst-text', middle, edge - 5, `${count(worstWindow.units)} within ${durationText(shown.window)}`, 'middle'),
  ]
}

/** The boundaries between fixed windows, with the time since the start. */
function boundaryParts({ x, bottom }) {
  const parts = []
  const [, size, unit] = /^([\d.]+)(.*)$/.exec(durationText(shown.window))
  for (let i = 0; i * shown.window <= shown.duration; i += 1) {
    const at = x(i * shown.window)
    const anchor = i * shown.window === shown.duration ? 'end' : 'middle'
    parts.push(node('line', { class: 'boundary', x1: at, x2: at, y1: room.text, y2: bottom + 3 }))
    parts.push(label('tick', at, bottom + 15, i === 0 ? '0' : `${rounded(i * size)}${unit}`, anchor))
  }
  return parts
}

/** When the admitted went ahead: a row of diamonds, on stems as tall as they are many. */
function departureParts({ buckets, bucketMs }, { x, bottom }) {
  const most = Math.max(1, ...buckets.map(({ departed }) => departed))
  return buckets.flatMap(({ departed }, i) => {
    if (departed === 0) return []
    const middle = x((i + 0.5) * bucketMs)
    const tall = (departed / most) * (room.departures - 12)
    const y = bottom - tall
    return [
      bar('departed', middle - 0.75, y, 1.5, tall),
      node('path', { class: 'departed', d: `M${middle} ${y - 3.5}l3.5 3.5l-3.5 3.5l-3.5 -3.5Z` }),
    ]
  })
}

/** Shows the same moment in all lanes; `undefined` is none. */
function point(position) {
  for (const [i, { buckets, bucketMs }] of shown.results.entries()) {
    const lane = lanes.children[i]
    const svg = lane.querySelector('svg')
    const cursor = svg.querySelector('.cursor')
    const along = position === undefined ? -1 : (position - room.scale) / (svg.clientWidth - room.scale)
    const bucket = buckets[Math.floor((along * shown.duration) / bucketMs)]
    cursor.setAttribute('visibility', bucket === undefined ? 'hidden' : 'visible')
    text(lane, '.readout', bucket === undefined ? '' : bucketText(bucket, shown.results[i]))
    if (bucket === undefined) continue
    cursor.setAttribute('x1', position)
    cursor.setAttribute('x2', position)
  }
}

function bucketText({ at, asked, admitted, delayed, refused, departed }, { start, bucketMs }) {
  const from = at - start
  const delays = delayed > 0 ? `, ${delayed} of them delayed` : ''
  return (
    `${durationText(from)} to ${durationText(from + bucketMs)}: ${asked} asked, ${admitted} admitted${delays}, ` +
    `${refused} refused, ${departed} went ahead`
  )
}

function bar(kind, x, y, width, height) {
  return node('rect', { class: kind, x, y, width: Math.max(0.5, width), height: Math.max(0.5, height) })
}

function label(kind, x, y, content, anchor) {
  const element = node('text', { class: kind, x, y, 'text-anchor': anchor })
  element.textContent = content
  return element
}

function node(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  return element
}

function text(lane, selector, content) {
  lane.querySelector(selector).textContent = content
}

function count(value) {
  return value.toLocaleString('en-US')
}

function rounded(value) {
  return Math.round(value * 10) / 10
}

/** Ms in the largest unit that leaves at most one decimal. */
function durationText(ms) {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ]
  for (const [unit, size] of units) {
    if (ms >= size && (ms * 10) % size === 0) return `${ms / size}${unit}`
  }
  return ms === 0 ? '0' : `${ms}ms`
}
