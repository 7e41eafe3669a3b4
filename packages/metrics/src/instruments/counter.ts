import { checkFor } from '../errors.ts'
import type { Attributes } from './attributes.ts'
import { lazily } from './binding.ts'
import { declare, type InstrumentOptions, reportDropped, sdkOptions } from './declaration.ts'
import { labelsOf } from './labels.ts'
import { admitted } from './series.ts'

/** A sum that only grows. */
export interface Counter {
  /** Adds `value` (finite, >= 0; others are dropped and reported once). Never throws. */
  add(value: number, attributes?: Attributes): void
}

/** A sum that goes up and down, such as requests in progress. */
export interface UpDownCounter {
  /** Adds `value` (finite; others are dropped and reported once). Never throws. */
  add(value: number, attributes?: Attributes): void
}

/**
 * Creates a counter. It may be created at module load, before `configure`; the same name twice is
 * the same counter.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`,
 *   `ERR_METRICS_OPTION`
 */
export function counter(name: string, options: InstrumentOptions = {}): Counter {
  checkFor('counter').options('options', options, ['description', 'unit'])
  declare('counter', name, options)
  const instrument = lazily((meter) => meter.createCounter(name, sdkOptions(options)))
  return {
    add(value, attributes) {
      if (!Number.isFinite(value) || value < 0) reportDropped(name, value)
      else instrument()?.add(value, admitted(name, labelsOf(attributes)))
    },
  }
}

/**
 * Creates a counter that may go down.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`,
 *   `ERR_METRICS_OPTION`
 */
export function upDownCounter(name: string, options: InstrumentOptions = {}): UpDownCounter {
  checkFor('upDownCounter').options('options', options, ['description', 'unit'])
  declare('upDownCounter', name, options)
  const instrument = lazily((meter) => meter.createUpDownCounter(name, sdkOptions(options)))
  return {
    add(value, attributes) {
      if (!Number.isFinite(value)) reportDropped(name, value)
      else instrument()?.add(value, admitted(name, labelsOf(attributes)))
    },
  }
}
