import type { Report } from '@clew/internal/reports/reporter'
import type { Slot } from '@clew/internal/telemetry/replacement'
import type { MeterProvider } from '@opentelemetry/api'
import type { Attributes, Labels } from './attributes.ts'

/**
 * State of the whole process, shared by the ESM and the CommonJS copy and by different versions.
 */
export interface State extends Slot {
  /** Reports the first report of each key. Set by `configure`. */
  reportOnce?: (key: string, report: Report) => void
  /** Maximum length of a label value, in UTF-16 units. Set by `configure`. */
  maxValueLength?: number
  /** Kind and unit of each name, so that two modules cannot use one name for different things. */
  readonly instruments: Map<string, { readonly kind: string; readonly unit: string }>
  /** Rebind the observables when the provider changes, since nothing else calls them. */
  readonly observables: Set<() => void>
  /** The observables, for the reader of our own provider. */
  readonly observations: Set<ObservationRecord>
  /** Our own provider, which needs no instruments of the SDK. Set by `configure`. */
  provider?: MeterProvider
  /** Where the series of our own provider are. Set by `configure`. */
  series?: SeriesStorage
  /** The OpenTelemetry context of a measurement that is made after its context was left. */
  context?: unknown
  /** HTTP requests in progress, by method and scheme. One observable reports all of them. */
  readonly active: Map<string, ActiveRequests>
  activeObserved?: boolean
  /** The instruments whose metric has reached the cardinality limit. */
  readonly full: Map<string, FullMetric>
}

export type ObservedValues = readonly (readonly [value: number, labels: Labels | undefined])[]

/** One callback of an observable. */
export interface ObservationRecord {
  readonly kind: 'observableGauge' | 'observableCounter' | 'observableUpDownCounter'
  readonly name: string
  readonly unit: string
  readonly description: string
  /** Calls the callback. Collections at the same time share one call. */
  run(): Promise<ObservedValues>
}

/** An instrument, as it was declared. */
export interface Declared {
  readonly kind: 'counter' | 'upDownCounter' | 'gauge' | 'histogram'
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly boundaries?: readonly number[] | undefined
}

/** The series of one instrument. */
export interface SeriesInstrument {
  record(value: number, attributes: Attributes | undefined): void
  /** Returns whether there was such a series. */
  remove(attributes: Attributes | undefined): boolean
}

/** Keeps the series of instruments, beside the SDK. */
export interface SeriesStorage {
  /** Whether measurements keep the context that they are made in. */
  readonly hasExemplars: boolean
  /** Undefined where the SDK has to keep them. */
  open(declared: Declared): SeriesInstrument | undefined
}

export interface ActiveRequests {
  readonly method: string
  readonly scheme: string
  count: number
}

/** A metric at its limit: which series it keeps. */
export interface FullMetric {
  readonly series: ReadonlySet<string>
  /** Removes the labels that a view drops. */
  readonly filter?: (labels: Labels | undefined) => Labels
}

const key: unique symbol = Symbol.for('@clew/metrics/v1') as never

let cached: State | undefined

export function state(): State {
  // Every measurement calls this, and reading a property of globalThis is slower.
  cached ??= findOrCreate()
  return cached
}

function findOrCreate(): State {
  const home = globalThis as { [key]?: State }
  home[key] ??= {
    instruments: new Map(),
    observables: new Set(),
    observations: new Set(),
    active: new Map(),
    full: new Map(),
  }
  return home[key]
}
