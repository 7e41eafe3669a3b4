import type { Observable, ObservableCallback } from '@opentelemetry/api'
import { type Attributes, labelsOf } from './attributes.ts'
import { declare, given, type InstrumentOptions, lazily, refuseValue } from './binding.ts'
import { admitted } from './overflow.ts'
import { currentProvider, state } from './state.ts'

/** Reports one value of an observable. Values that are not finite are dropped. */
export type Observe = (value: number, attributes?: Attributes) => void

/** Called at each collection. Returns the value, or calls `observe` once for each set of attributes; may be async. */
export type Observation = (
  observe: Observe,
) => number | undefined | void | Promise<number | undefined | void>

/** A running observation. */
export interface Observed {
  /** Stops calling back; the value is no longer reported. */
  remove(): void
}

/**
 * A gauge that is asked at each collection.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`
 */
export function observableGauge(
  name: string,
  observation: Observation,
  options: InstrumentOptions = {},
): Observed {
  return observed('createObservableGauge', name, observation, options)
}

/**
 * A counter that is asked at each collection for its total.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`
 */
export function observableCounter(
  name: string,
  observation: Observation,
  options: InstrumentOptions = {},
): Observed {
  return observed('createObservableCounter', name, observation, options)
}

/**
 * A counter that may go down, asked at each collection for its total.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`
 */
export function observableUpDownCounter(
  name: string,
  observation: Observation,
  options: InstrumentOptions = {},
): Observed {
  return observed('createObservableUpDownCounter', name, observation, options)
}

type Create = 'createObservableGauge' | 'createObservableCounter' | 'createObservableUpDownCounter'

function observed(
  create: Create,
  name: string,
  observation: Observation,
  options: InstrumentOptions,
): Observed {
  declare(create.slice('create'.length), name, options)
  const callback: ObservableCallback = async (result) => {
    const observe: Observe = (value, attributes) => {
      if (Number.isFinite(value)) result.observe(value, admitted(name, labelsOf(attributes)))
      else refuseValue(name, value)
    }
    const value = await observation(observe)
    if (value !== undefined) observe(value)
  }

  let attached: Observable | undefined
  const instrument = lazily((meter) => meter[create](name, given(options)))
  const bind = () => {
    const now = instrument()
    if (now === attached) return
    attached?.removeCallback(callback)
    attached = now
    attached?.addCallback(callback)
  }
  state().observables.add(bind)
  bind()
  if (attached === undefined) lookAgain()
  return {
    remove() {
      state().observables.delete(bind)
      attached?.removeCallback(callback)
      attached = undefined
    },
  }
}

let timer: NodeJS.Timeout | undefined

// Nobody says when another SDK registers its provider, and nothing calls an observable before it is bound.
function lookAgain(): void {
  timer ??= setInterval(() => {
    if (currentProvider() === undefined) return
    clearInterval(timer)
    timer = undefined
    for (const bind of state().observables) bind()
  }, 1000).unref()
}
