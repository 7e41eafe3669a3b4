import { checkFor } from '../errors.ts'
import type { Attributes } from './attributes.ts'
import { lazily } from './binding.ts'
import { declare, type InstrumentOptions, reportDropped, sdkOptions } from './declaration.ts'
import { labelsOf } from './labels.ts'
import { admitted } from './series.ts'

/** A value of which the last one counts, such as a temperature. */
export interface Gauge {
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
  const instrument = lazily((meter) => meter.createGauge(name, sdkOptions(options)))
  return {
    record(value, attributes) {
      if (!Number.isFinite(value)) reportDropped(name, value)
      else instrument()?.record(value, admitted(name, labelsOf(attributes)))
    },
  }
}
