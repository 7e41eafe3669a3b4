import { mistake } from '@clew/internal/errors/error'
import { show } from '@clew/internal/errors/show'
import { isThenable } from '@clew/internal/requests/callback'
import { typeOfError } from '@clew/internal/requests/verdict'
import { checkFor, type MetricsErrorCode } from '../errors.ts'
import type { Attributes } from './attributes.ts'
import { checkBoundaries, createDistribution, type HistogramOptions } from './distribution.ts'
import { labelsOf } from './labels.ts'
import type { Removable } from './removable.ts'

/** The distribution of a value. */
export interface Histogram extends Removable {
  /** Records `value` (finite; others are dropped and reported once). Never throws. */
  record(value: number, attributes?: Attributes): void
}

/** A histogram whose unit is a unit of time. */
export interface DurationHistogram extends Histogram {
  /**
   * Calls `fn`, and records the time until it returns or its promise settles, in the unit of the
   * histogram. Returns what `fn` returns (for a promise, one that settles in the same way), and
   * rethrows what it throws; the measurement then has `error.type`.
   */
  time<T>(fn: () => T, attributes?: Attributes): T
  /**
   * Starts a clock. The function it returns records the time since then, in the unit of the
   * histogram, and returns it; attributes that are known only then are added to the first ones.
   * Each call records.
   */
  startTimer(attributes?: Attributes): (attributes?: Attributes) => number
}

/** The units that `time` can record in. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'min' | 'h'

const perMs: Readonly<Record<TimeUnit, number>> = {
  s: 1e-3,
  ms: 1,
  us: 1e3,
  ns: 1e6,
  min: 1 / 60_000,
  h: 1 / 3_600_000,
}

/**
 * Creates a histogram. With a unit of time (`s`, `ms`, …) it has `time(fn)`.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`,
 *   `ERR_METRICS_OPTION`
 */
export function histogram(
  name: string,
  options: HistogramOptions & { readonly unit: TimeUnit },
): DurationHistogram
export function histogram(name: string, options?: HistogramOptions): Histogram
export function histogram(name: string, options: HistogramOptions = {}): DurationHistogram {
  const check = checkFor('histogram')
  const { unit, boundaries } = check.options('options', options, [
    'description',
    'unit',
    'boundaries',
  ])
  if (boundaries !== undefined) checkBoundaries(check, 'boundaries', boundaries)
  const recordLabels = createDistribution(name, options)
  const unitsPerMs = perMs[unit as TimeUnit]

  function checkTimeUnit(caller: string): void {
    if (unitsPerMs !== undefined) return
    throw mistake<MetricsErrorCode>(
      'ERR_METRICS_UNIT',
      `metrics.histogram: unit of ${name} must be a unit of time for ${caller}(), such as "s"; received ${show(unit)}`,
    )
  }

  function record(value: number, attributes?: Attributes): void {
    recordLabels(value, attributes)
  }

  function startTimer(attributes?: Attributes): (attributes?: Attributes) => number {
    checkTimeUnit('startTimer')
    const startMs = performance.now()
    return (more) => {
      const value = (performance.now() - startMs) * unitsPerMs
      recordLabels(
        value,
        more === undefined ? attributes : { ...labelsOf(attributes), ...labelsOf(more) },
      )
      return value
    }
  }

  function time<T>(fn: () => T, attributes?: Attributes): T {
    checkTimeUnit('time')
    const startMs = performance.now()
    const stop = (failure?: { readonly error: unknown }) => {
      const value = (performance.now() - startMs) * unitsPerMs
      recordLabels(
        value,
        failure
          ? { ...labelsOf(attributes), 'error.type': typeOfError(failure.error) }
          : attributes,
      )
    }
    let result: T
    try {
      result = fn()
    } catch (error) {
      stop({ error })
      throw error
    }
    if (!isThenable(result)) {
      stop()
      return result
    }
    // Call `then` once and return the resulting promise: a lazy thenable, such as a query builder,
    // must not run twice, and an unhandled rejection must stay unhandled.
    return Promise.resolve(result).then(
      (value) => {
        stop()
        return value
      },
      (error: unknown) => {
        stop({ error })
        throw error
      },
    ) as T
  }

  return { record, time, startTimer, remove: recordLabels.remove }
}
