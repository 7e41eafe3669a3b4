import { type Attributes, type Labels, labelsOf } from './attributes.ts'
import { declare, given, type InstrumentOptions, lazily, refuseValue } from './binding.ts'
import { badOption, mistake, shown } from './errors.ts'
import { admitted } from './overflow.ts'

export interface HistogramOptions extends InstrumentOptions {
  /**
   * Upper bounds of the buckets, ascending, at most 200.
   * @defaultValue for the unit `s` those of the HTTP semantic conventions (5 ms to 10 s), otherwise the SDK's (0 to 10_000)
   */
  readonly boundaries?: readonly number[]
}

/** The distribution of a value. */
export interface Histogram {
  /** Records `value` (finite; anything else is dropped and reported once). Never throws. */
  record(value: number, attributes?: Attributes): void
}

/** A histogram whose unit is a time. */
export interface DurationHistogram extends Histogram {
  /**
   * Calls `fn` and records how long it took, until it returns or its promise settles, in the histogram's unit. What `fn` returns is
   * returned (for a promise: one that settles alike), and what it throws is thrown; the measurement then gets `error.type`.
   */
  time<T>(fn: () => T, attributes?: Attributes): T
}

/** The units `.time` can record in. */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns' | 'min' | 'h'

const PER_MS: Readonly<Record<TimeUnit, number>> = {
  s: 1e-3,
  ms: 1,
  us: 1e3,
  ns: 1e6,
  min: 1 / 60_000,
  h: 1 / 3_600_000,
}

/** Bucket bounds of `http.server.request.duration`, in seconds (OpenTelemetry semantic conventions). */
export const SECONDS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/**
 * Makes a histogram. With a unit of time (`s`, `ms`, …) it has `.time(fn)`.
 * @throws TypeError `ERR_METRICS_NAME`, `ERR_METRICS_UNIT`, `ERR_METRICS_CONFLICT`, `ERR_METRICS_OPTION`
 */
export function histogram(
  name: string,
  options: HistogramOptions & { readonly unit: TimeUnit },
): DurationHistogram
export function histogram(name: string, options?: HistogramOptions): Histogram
export function histogram(name: string, options: HistogramOptions = {}): DurationHistogram {
  const { unit } = options
  const perMs = PER_MS[unit as TimeUnit]
  const recordLabels = labelled(name, options)

  function record(value: number, attributes?: Attributes): void {
    recordLabels(value, labelsOf(attributes))
  }

  function time<T>(fn: () => T, attributes?: Attributes): T {
    if (perMs === undefined) {
      throw mistake(
        'ERR_METRICS_UNIT',
        `${name}.time() needs a unit of time, such as "s"; its unit is ${shown(unit)}`,
      )
    }
    const start = performance.now()
    const stop = (failed?: { readonly error: unknown }) => {
      const value = (performance.now() - start) * perMs
      const labels = labelsOf(attributes)
      recordLabels(value, failed ? { ...labels, 'error.type': errorTypeOf(failed.error) } : labels)
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
    // One call of `then`, and the promise that comes of it returned: a lazy thenable (a query builder) must not run twice, and a
    // rejection that nobody handles must stay unhandled.
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

  return { record, time }
}

/** The histogram, for labels that need no cleaning. */
export function labelled(
  name: string,
  options: HistogramOptions,
): (value: number, labels: Labels | undefined) => void {
  declare('histogram', name, options)
  const { boundaries = options.unit === 's' ? SECONDS : undefined } = options
  if (boundaries !== undefined) checkBoundaries(boundaries)
  const instrument = lazily((meter) =>
    meter.createHistogram(name, {
      ...given(options),
      ...(boundaries ? { advice: { explicitBucketBoundaries: [...boundaries] } } : {}),
    }),
  )
  return (value, labels) => {
    if (Number.isFinite(value)) instrument()?.record(value, admitted(name, labels))
    else refuseValue(name, value)
  }
}

export function checkBoundaries(boundaries: readonly number[], name = 'boundaries'): void {
  const ascending =
    Array.isArray(boundaries) &&
    boundaries.length <= 200 &&
    boundaries.every(
      (bound, i) => Number.isFinite(bound) && (i === 0 || bound > (boundaries[i - 1] ?? 0)),
    )
  if (ascending) return
  throw badOption(name, 'at most 200 ascending numbers', boundaries)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

const WORD = /^[\w.:$-]{1,64}$/

/** What went wrong, in few words that do not vary: the error's code, else its name, else `_OTHER`. */
export function errorTypeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER'
  try {
    const { code, name } = error as { code?: unknown; name?: unknown }
    for (const word of [code, name]) if (typeof word === 'string' && WORD.test(word)) return word
  } catch {
    // A getter that throws.
  }
  return '_OTHER'
}
