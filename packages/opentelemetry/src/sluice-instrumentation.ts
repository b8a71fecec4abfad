import { type Meter, type MeterProvider, metrics, type Observable } from '@opentelemetry/api'
import type { DecisionMessage } from '@sluice/core'
import { expectOptions, shown } from '@sluice/core/internal'
import {
  type Counts,
  type Distributions,
  definitions,
  type HistogramName,
  isHistogram,
  metricNames,
  type Watch,
  watchLimiters,
} from '@sluice/metrics/internal'
import { type OnSpan, onSpans, tellActiveSpan } from './active-span.ts'

export interface SluiceInstrumentationOptions {
  /** Where metrics go. Default: the global one, unless `setMeterProvider` gives another. */
  readonly meterProvider?: MeterProvider | undefined
  /** Lets each decision on a request be seen on the span that is active: as an event, or as attributes. Default: neither. */
  readonly span?: OnSpan | undefined
  /** Whether it counts from the beginning. Default `true`. */
  readonly enabled?: boolean | undefined
}

/** An instrumentation, as the SDK of OpenTelemetry takes them. */
export interface SluiceInstrumentation {
  readonly instrumentationName: string
  readonly instrumentationVersion: string
  enable(): void
  disable(): void
  /** From now on metrics go there; they begin at 0. */
  setMeterProvider(meterProvider: MeterProvider): void
  /** Does nothing: no span is started here. */
  setTracerProvider(tracerProvider: unknown): void
  setConfig(config: Omit<SluiceInstrumentationOptions, 'meterProvider'>): void
  getConfig(): { readonly enabled: boolean; readonly span: OnSpan | undefined }
}

const scope = '@sluice/opentelemetry'

type Config = Pick<SluiceInstrumentationOptions, 'span' | 'enabled'>

/**
 * Metrics of all limiters of the process, whichever store they use. Throws a `TypeError` or `RangeError` that names the option that is
 * wrong, and an `Error` where the runtime has no `node:diagnostics_channel`.
 */
export function sluiceInstrumentation(options: SluiceInstrumentationOptions = {}): SluiceInstrumentation {
  expectOptions('sluiceInstrumentation', options, ['meterProvider', 'span', 'enabled'])
  let provider = expectProvider(options.meterProvider)
  let span = expectSpan(options.span)
  const onDecision = (message: DecisionMessage): void => {
    if (span !== undefined) tellActiveSpan(span, message)
  }
  let running: Running | undefined

  const enable = (): void => {
    running ??= start((provider ?? metrics.getMeterProvider()).getMeter(scope), onDecision)
  }
  const disable = (): void => {
    running?.stop()
    running = undefined
  }
  if (expectEnabled(options)) enable()

  return {
    instrumentationName: scope,
    instrumentationVersion: '',
    enable,
    disable,
    setMeterProvider(given) {
      if (given === provider) return
      provider = expectProvider(given)
      if (running === undefined) return
      disable()
      enable()
    },
    setTracerProvider() {},
    setConfig(config) {
      expectOptions('setConfig', config, ['span', 'enabled'])
      span = expectSpan(config.span)
      if (expectEnabled(config)) enable()
      else disable()
    },
    getConfig: () => ({ enabled: running !== undefined, span }),
  }
}

interface Running {
  stop(): void
}

function start(meter: Meter, onDecision: (message: DecisionMessage) => void): Running {
  const watch = watchLimiters(distributionsOf(meter), onDecision)
  const stopObserving = observe(meter, watch)
  return {
    stop() {
      stopObserving()
      watch.stop()
    },
  }
}

/** What is added up here anyway is observed when it is collected: a decision does not wait for the SDK. */
function observe(meter: Meter, watch: Watch): () => void {
  const observables = observablesOf(meter)
  const callback: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    const { cells } = watch.read()
    for (const [name, observable] of observables) {
      for (const [attributes, { value }] of cells[name].all()) result.observe(observable, value, attributes)
    }
  }
  const all = [...observables.values()]
  meter.addBatchObservableCallback(callback, all)
  return () => meter.removeBatchObservableCallback(callback, all)
}

type Observed = keyof Counts['cells']

function observablesOf(meter: Meter): ReadonlyMap<Observed, Observable> {
  const names = metricNames.filter((name) => !isHistogram(name))
  return new Map(
    (names as Observed[]).map((name) => {
      const { kind, unit, description } = definitions[name]
      const make = kind === 'counter' ? meter.createObservableCounter : meter.createObservableUpDownCounter
      return [name, make.call(meter, name, { unit, description })]
    }),
  )
}

function distributionsOf(meter: Meter): Distributions {
  const histograms = new Map(
    metricNames.filter(isHistogram).map((name) => {
      const { unit, description, bounds } = definitions[name]
      const advice = { explicitBucketBoundaries: [...bounds] }
      return [name, meter.createHistogram(name, { unit, description, advice })]
    }),
  )
  return (name: HistogramName, attributes) => {
    const histogram = histograms.get(name)
    return { record: (value) => histogram?.record(value, attributes) }
  }
}

function expectProvider(provider: MeterProvider | undefined): MeterProvider | undefined {
  if (provider === undefined) return undefined
  if (typeof provider === 'object' && provider !== null && typeof provider.getMeter === 'function') return provider
  throw new TypeError(`Expected \`meterProvider\` to be a MeterProvider, got ${shown(provider)}`)
}

function expectSpan(span: OnSpan | undefined): OnSpan | undefined {
  if (span === undefined || onSpans.includes(span)) return span
  throw new RangeError(`Expected \`span\` to be one of ${onSpans.join(', ')}, got ${shown(span)}`)
}

function expectEnabled({ enabled = true }: Config): boolean {
  if (typeof enabled === 'boolean') return enabled
  throw new TypeError(`Expected \`enabled\` to be true or false, got ${shown(enabled)}`)
}
