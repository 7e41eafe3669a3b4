import { type Attributes, labelsOf } from './attributes.ts'
import { declare, given, type InstrumentOptions, lazily, refuseValue } from './binding.ts'
import { admitted } from './overflow.ts'

/** Counts up. */
export interface Counter {
  /** Adds `value` (finite, >= 0; anything else is dropped and reported once). Never throws. */
  add(value: number, attributes?: Attributes): void
}

/** Counts up and down, such as requests in flight. */
export interface UpDownCounter {
  /** Adds `value` (finite; anything else is dropped and reported once). Never throws. */
  add(value: number, attributes?: Attributes): void
}

/** The last value counts, such as a temperature. */
export interface Gauge {
  /** Records `value` (finite; anything else is dropped and reported once). Never throws. */
  record(value: number, attributes?: Attributes): void
}

/**
 * Makes a counter. It may be made at module load, before `configure`; the same name twice is the same counter.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`
 */
export function counter(name: string, options: InstrumentOptions = {}): Counter {
  declare('counter', name, options)
  const instrument = lazily((meter) => meter.createCounter(name, given(options)))
  return {
    add(value, attributes) {
      if (!Number.isFinite(value) || value < 0) refuseValue(name, value)
      else instrument()?.add(value, admitted(name, labelsOf(attributes)))
    },
  }
}

/**
 * Makes a counter that may go down.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`
 */
export function upDownCounter(name: string, options: InstrumentOptions = {}): UpDownCounter {
  declare('upDownCounter', name, options)
  const instrument = lazily((meter) => meter.createUpDownCounter(name, given(options)))
  return {
    add(value, attributes) {
      if (!Number.isFinite(value)) refuseValue(name, value)
      else instrument()?.add(value, admitted(name, labelsOf(attributes)))
    },
  }
}

/**
 * Makes a gauge.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`
 */
export function gauge(name: string, options: InstrumentOptions = {}): Gauge {
  declare('gauge', name, options)
  const instrument = lazily((meter) => meter.createGauge(name, given(options)))
  return {
    record(value, attributes) {
      if (!Number.isFinite(value)) refuseValue(name, value)
      else instrument()?.record(value, admitted(name, labelsOf(attributes)))
    },
  }
}
