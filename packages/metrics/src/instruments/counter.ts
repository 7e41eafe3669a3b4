import { checkFor } from '../errors.ts'
import type { Attributes } from './attributes.ts'
import { declare, type InstrumentOptions, reportDropped, sdkOptions } from './declaration.ts'
import { createRecorder, declaredOf } from './recorder.ts'
import type { Removable } from './removable.ts'

/** A sum that only grows. */
export interface Counter extends Removable {
  /** Adds `value` (finite, >= 0; others are dropped and reported once). Never throws. */
  add(value: number, attributes?: Attributes): void
}

/** A sum that goes up and down, such as requests in progress. */
export interface UpDownCounter extends Removable {
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
  const recorder = createRecorder(declaredOf('counter', name, options), (meter) => {
    const instrument = meter.createCounter(name, sdkOptions(options))
    return (value, labels) => instrument.add(value, labels)
  })
  return {
    add(value, attributes) {
      if (!Number.isFinite(value) || value < 0) reportDropped(name, value)
      else recorder.record(value, attributes)
    },
    remove: recorder.remove,
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
  const recorder = createRecorder(declaredOf('upDownCounter', name, options), (meter) => {
    const instrument = meter.createUpDownCounter(name, sdkOptions(options))
    return (value, labels) => instrument.add(value, labels)
  })
  return {
    add(value, attributes) {
      if (!Number.isFinite(value)) reportDropped(name, value)
      else recorder.record(value, attributes)
    },
    remove: recorder.remove,
  }
}
