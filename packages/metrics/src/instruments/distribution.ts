import type { OptionCheck } from '@clew/internal/options/check'
import type { Attributes } from './attributes.ts'
import { declare, type InstrumentOptions, reportDropped, sdkOptions } from './declaration.ts'
import { createRecorder, declaredOf } from './recorder.ts'

export interface HistogramOptions extends InstrumentOptions {
  /**
   * Upper bounds of the buckets, ascending, at most 200.
   * @defaultValue for the unit `s` those of the HTTP semantic conventions (5 ms to 10 s), otherwise
   *   those of the SDK (0 to 10_000)
   */
  readonly boundaries?: readonly number[] | undefined
}

/**
 * Bounds of `http.server.request.duration` in the OpenTelemetry semantic conventions, in seconds.
 */
export const secondsBoundaries: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

const maxBoundaries = 200

/** Records one value. Values that are not finite are dropped and reported. */
export interface Distribution {
  (value: number, attributes: Attributes | undefined): void
  remove(attributes: Attributes | undefined): boolean
}

/**
 * Creates a histogram, and returns the function that records in it. The options are checked
 * already.
 */
export function createDistribution(name: string, options: HistogramOptions): Distribution {
  declare('histogram', name, options)
  const { boundaries = options.unit === 's' ? secondsBoundaries : undefined } = options
  const { record, remove } = createRecorder(
    declaredOf('histogram', name, { ...options, boundaries }),
    (meter) => {
      const instrument = meter.createHistogram(name, {
        ...sdkOptions(options),
        ...(boundaries ? { advice: { explicitBucketBoundaries: [...boundaries] } } : {}),
      })
      return (value, labels) => instrument.record(value, labels)
    },
  )
  const distribution = (value: number, attributes: Attributes | undefined): void => {
    if (Number.isFinite(value)) record(value, attributes)
    else reportDropped(name, value)
  }
  return Object.assign(distribution, { remove })
}

/**
 * Checks an option that holds the bounds of buckets.
 * @param alternative - what else the option may be, for the message
 */
export function checkBoundaries(
  check: OptionCheck<string>,
  option: string,
  value: unknown,
  alternative = '',
): void {
  const isAscending =
    Array.isArray(value) &&
    value.length <= maxBoundaries &&
    value.every((bound, index) => {
      return Number.isFinite(bound) && (index === 0 || bound > value[index - 1])
    })
  if (isAscending) return
  const expected = `an array of at most ${maxBoundaries} ascending numbers${alternative}`
  throw check.error(option, expected, value)
}
