import { checkFor } from '../errors.ts'
import type { Attributes } from './attributes.ts'
import { declare, type InstrumentOptions, reportDropped, sdkOptions } from './declaration.ts'
import { createRecorder, declaredOf } from './recorder.ts'
import type { Removable } from './removable.ts'

/** A value of which the last one counts, such as a temperature. */
export interface Gauge extends Removable {
  /** Records `value` (finite; others are dropped and reported once). Never throws. */
  record(value: number, attributes?: Attributes): void
}

/**
 * Creates a gauge.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`,
 *   `ERR_METRICS_OPTION`
 */
export function gauge(name: string, options: InstrumentOptions = {}): Gauge {
  checkFor('gauge').options('options', options, ['description', 'unit'])
  declare('gauge', name, options)
  const recorder = createRecorder(declaredOf('gauge', name, options), (meter) => {
    const instrument = meter.createGauge(name, sdkOptions(options))
    return (value, labels) => instrument.record(value, labels)
  })
  return {
    record(value, attributes) {
      if (!Number.isFinite(value)) reportDropped(name, value)
      else recorder.record(value, attributes)
    },
    remove: recorder.remove,
  }
}
