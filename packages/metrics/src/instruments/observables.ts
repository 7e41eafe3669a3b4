import { registered } from '@clew/internal/telemetry/api'
import type { Observable, ObservableCallback } from '@opentelemetry/api'
import { checkFor } from '../errors.ts'
import type { Attributes } from './attributes.ts'
import { lazily } from './binding.ts'
import { declare, type InstrumentOptions, reportDropped, sdkOptions } from './declaration.ts'
import { labelsOf } from './labels.ts'
import { admitted } from './series.ts'
import { state } from './state.ts'

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
  const callback: ObservableCallback = async (result) => {
    const observeValue: Observe = (value, attributes) => {
      if (Number.isFinite(value)) result.observe(value, admitted(name, labelsOf(attributes)))
      else reportDropped(name, value)
    }
    const value = await observation(observeValue)
    if (value !== undefined) observeValue(value)
  }

  let attached: Observable | undefined
  const instrument = lazily((meter) => meter[factories[kind]](name, sdkOptions(options)))
  const bind = () => {
    const current = instrument()
    if (current === attached) return
    attached?.removeCallback(callback)
    attached = current
    attached?.addCallback(callback)
  }
  state().observables.add(bind)
  bind()
  if (attached === undefined) waitForProvider()
  return {
    remove() {
      state().observables.delete(bind)
      attached?.removeCallback(callback)
      attached = undefined
    },
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
