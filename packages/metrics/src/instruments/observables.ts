import { registered } from '@clew/internal/telemetry/api'
import type { Observable, ObservableCallback } from '@opentelemetry/api'
import { checkFor } from '../errors.ts'
import type { Attributes, Labels } from './attributes.ts'
import { lazily } from './binding.ts'
import { declare, type InstrumentOptions, reportDropped, sdkOptions } from './declaration.ts'
import { labelsOf } from './labels.ts'
import { type ObservedValues, state } from './state.ts'

/** Reports one value of an observable. Values that are not finite are dropped. */
export type Observe = (value: number, attributes?: Attributes) => void

/**
 * Called at each collection. Returns the value, or calls `observe` once for each set of attributes;
 * may be async.
 */
export type Observation = (
  observe: Observe,
) => number | undefined | void | Promise<number | undefined | void>

/** A running observation. */
export interface Observed {
  /** Stops the calls; the value is no longer reported. */
  remove(): void
}

/**
 * Creates a gauge whose value is read at each collection.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`,
 *   `ERR_METRICS_OPTION`
 */
export function observableGauge(
  name: string,
  observation: Observation,
  options: InstrumentOptions = {},
): Observed {
  return observe('observableGauge', name, observation, options)
}

/**
 * Creates a counter whose total is read at each collection.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`,
 *   `ERR_METRICS_OPTION`
 */
export function observableCounter(
  name: string,
  observation: Observation,
  options: InstrumentOptions = {},
): Observed {
  return observe('observableCounter', name, observation, options)
}

/**
 * Creates a counter that may go down, whose total is read at each collection.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`,
 *   `ERR_METRICS_OPTION`
 */
export function observableUpDownCounter(
  name: string,
  observation: Observation,
  options: InstrumentOptions = {},
): Observed {
  return observe('observableUpDownCounter', name, observation, options)
}

const stuckMs = 10_000

const factories = {
  observableGauge: 'createObservableGauge',
  observableCounter: 'createObservableCounter',
  observableUpDownCounter: 'createObservableUpDownCounter',
} as const

function observe(
  kind: keyof typeof factories,
  name: string,
  observation: Observation,
  options: InstrumentOptions,
): Observed {
  checkFor(kind).options('options', options, ['description', 'unit'])
  declare(kind, name, options)
  const run = createRun(name, observation)
  const record = {
    kind,
    name,
    unit: options.unit ?? '',
    description: options.description ?? '',
    run,
  }
  const callback: ObservableCallback = async (result) => {
    for (const [value, labels] of await run()) result.observe(value, labels)
  }

  let attached: Observable | undefined
  const instrument = lazily((meter) => meter[factories[kind]](name, sdkOptions(options)))
  const bind = () => {
    // The reader of our own provider calls the observables itself.
    const isOurs = state().provider !== undefined && registered().metrics === state().provider
    const current = isOurs ? undefined : instrument()
    if (current === attached) return
    attached?.removeCallback(callback)
    attached = current
    attached?.addCallback(callback)
  }
  state().observables.add(bind)
  state().observations.add(record)
  bind()
  if (attached === undefined) waitForProvider()
  return {
    remove() {
      state().observables.delete(bind)
      state().observations.delete(record)
      attached?.removeCallback(callback)
      attached = undefined
    },
  }
}

/**
 * Returns a function that calls the callback. While a call is in progress, it is shared: a callback
 * that hangs must not pile up.
 */
function createRun(name: string, observation: Observation): () => Promise<ObservedValues> {
  let running: { readonly promise: Promise<ObservedValues>; readonly startMs: number } | undefined
  async function start(): Promise<ObservedValues> {
    const values: [number, Labels | undefined][] = []
    const observeValue: Observe = (value, attributes) => {
      if (Number.isFinite(value)) values.push([value, labelsOf(attributes)])
      else reportDropped(name, value)
    }
    const value = await observation(observeValue)
    if (value !== undefined) observeValue(value)
    return values
  }
  return () => {
    if (running === undefined) {
      const promise = start().finally(() => {
        running = undefined
      })
      running = { promise, startMs: performance.now() }
    } else if (performance.now() - running.startMs > stuckMs) {
      // Waiting for it again and again would keep a listener for each collection.
      throw new Error(`${name} has not answered for more than ${stuckMs / 1000} s`)
    }
    return running.promise
  }
}

let timer: NodeJS.Timeout | undefined

// There is no event for the registration of another SDK's provider, and nothing calls an observable
// before it is bound.
function waitForProvider(): void {
  timer ??= setInterval(() => {
    if (registered().metrics === undefined) return
    clearInterval(timer)
    timer = undefined
    for (const bind of state().observables) bind()
  }, 1000).unref()
}
