import type { MeterProvider } from '@opentelemetry/api'
import type { Labels } from './attributes.ts'
import type { Report } from './reports.ts'

/** What must be one per process: the ESM and the CommonJS copy, and two versions, share it. */
export interface State {
  /** Set while a `configure` of any copy is in force. */
  configured?: boolean
  /** Says something the first time it comes with this key; set by `configure`. */
  once?: (key: string, report: Report) => void
  /** Longest label value kept, in UTF-16 units; set by `configure`. */
  maxValueLength?: number
  /** What each name was created as, so that two modules cannot mean different things by it. */
  readonly instruments: Map<string, { readonly kind: string; readonly unit: string }>
  /** What must be bound again when the provider changes, because nothing calls it. */
  readonly observables: Set<() => void>
  /** HTTP requests that are being answered, by method and scheme; one observable for the process tells them. */
  readonly active: Map<string, { readonly method: string; readonly scheme: string; count: number }>
  activeObserved?: boolean
  /** The instruments whose metric has reached the cardinality limit. */
  readonly full: Map<string, Full>
}

/** What a full metric goes on telling apart. */
interface Full {
  readonly series: ReadonlySet<string>
  /** What a view leaves of the labels. */
  readonly filter?: (labels: Labels | undefined) => Labels
}

const key: unique symbol = Symbol.for('@clew/metrics/v1') as never

let known: State | undefined

export function state(): State {
  // Each measurement asks, and a look at globalThis costs more than what is found there.
  known ??= found()
  return known
}

function found(): State {
  const holder = globalThis as { [key]?: State }
  holder[key] ??= {
    instruments: new Map(),
    observables: new Set(),
    active: new Map(),
    full: new Map(),
  }
  return holder[key]
}

const apiKey: unique symbol = Symbol.for('opentelemetry.js.api.1') as never

/**
 * The meter provider that is registered now, read where `@opentelemetry/api` keeps it. Reading it there and not through the api spares
 * 20 ms of loading, works when the api's ESM and CommonJS builds are both in the process, and when the api that registered is older.
 */
export function currentProvider(): MeterProvider | undefined {
  return (globalThis as { [apiKey]?: { metrics?: MeterProvider } })[apiKey]?.metrics
}
