import {
  type CounterName,
  definitions,
  type GaugeName,
  type HistogramName,
  isHistogram,
  metricNames,
} from './definitions.ts'
import { type Attributes, type SeriesTable, seriesTable } from './series.ts'

/** A number that is counted up, or set. */
export interface Cell {
  value: number
}

/** Takes the values of one series of a histogram. */
export interface Distribution {
  record(value: number): void
}

/** Where the values of a histogram go: makes what takes those of one series. */
export type Distributions = (name: HistogramName, attributes: Attributes) => Distribution

/** The series of every metric. */
export interface Counts {
  readonly cells: Readonly<Record<CounterName | GaugeName, SeriesTable<Cell>>>
  readonly distributions: Readonly<Record<HistogramName, SeriesTable<Distribution>>>
}

/** Nothing counted yet. */
export function counts(distributions: Distributions): Counts {
  const histograms = metricNames.filter(isHistogram)
  const others = metricNames.filter((name) => !isHistogram(name)) as (CounterName | GaugeName)[]
  return {
    cells: tables(others, () => () => ({ value: 0 })),
    distributions: tables(histograms, (name) => (attributes) => distributions(name, attributes)),
  }
}

function tables<N extends CounterName | GaugeName | HistogramName, T>(
  names: readonly N[],
  make: (name: N) => (attributes: Attributes) => T,
): Readonly<Record<N, SeriesTable<T>>> {
  const entries = names.map((name) => [name, seriesTable(definitions[name].attributes, make(name))])
  return Object.fromEntries(entries) as Readonly<Record<N, SeriesTable<T>>>
}
