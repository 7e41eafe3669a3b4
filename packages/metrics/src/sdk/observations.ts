import type { HrTime } from '@opentelemetry/api'
import type { InstrumentType, MetricData } from '@opentelemetry/sdk-metrics'
import type { Labels } from '../instruments/attributes.ts'
import { overflowLabel, seriesKey } from '../instruments/series.ts'
import { type ObservationRecord, type ObservedValues, state } from '../instruments/state.ts'
import { now } from '../series/clock.ts'
import { type Stream, streamsOf } from '../series/streams.ts'
import type { CheckedView } from './views.ts'

export interface ObservationOptions {
  readonly views: readonly CheckedView[]
  readonly cardinalityLimit: number
  /** The AggregationTemporality of the SDK that the exporter wants. */
  readonly temporalityOf: (type: InstrumentType) => number
}

export interface Observations {
  readonly metrics: MetricData[]
  /** Why callbacks failed. */
  readonly errors: unknown[]
}

/** Calls all observables. Takes at most `timeoutMs`; never rejects. */
export type CollectObservations = (timeoutMs: number) => Promise<Observations>

// The values of the SDK's enumerations, which are part of its public API.
const delta = 0
const gauge = 2
const sum = 3
const double = 1

const types = {
  observableGauge: 'OBSERVABLE_GAUGE',
  observableCounter: 'OBSERVABLE_COUNTER',
  observableUpDownCounter: 'OBSERVABLE_UP_DOWN_COUNTER',
} as const

interface Point {
  readonly attributes: Labels
  value: number
}

/**
 * Returns a function that collects the observables of this package, for one reader. The SDK keeps
 * each series of an observable for ever, with its last value, even when the callback has stopped
 * reporting it, and counts it against the cardinality limit. Here a metric has the series that its
 * callbacks have reported in this collection.
 */
export function createObservations(options: ObservationOptions): CollectObservations {
  const { views, cardinalityLimit, temporalityOf } = options
  const startTime = now()
  // For deltas: the totals of the collections before, by metric and series.
  const totals = new Map<string, Map<string, number>>()

  function pointsOf(
    isGauge: boolean,
    filter: Stream['filter'],
    values: ObservedValues,
  ): Map<string, Point> {
    const points = new Map<string, Point>()
    for (const [value, labels] of values) {
      let attributes = filter ? filter(labels) : (labels ?? {})
      let key = seriesKey(attributes)
      let isMerged = filter !== undefined
      if (!points.has(key) && points.size >= cardinalityLimit - 1) {
        attributes = { [overflowLabel]: true }
        key = overflowLabel
        isMerged = true
      }
      const known = points.get(key)
      if (known === undefined) points.set(key, { attributes, value })
      else known.value = isMerged && !isGauge ? known.value + value : value
    }
    return points
  }

  /** Replaces totals with what was added since the collection before. */
  function subtract(metric: string, isMonotonic: boolean, points: Map<string, Point>): void {
    const before = totals.get(metric) ?? new Map<string, number>()
    totals.set(metric, before)
    for (const [key, point] of points) {
      const total = point.value
      const previous = before.get(key) ?? 0
      // A counter that has become smaller was reset.
      point.value = isMonotonic && total < previous ? total : total - previous
      before.delete(key)
      before.set(key, total)
    }
    // A series that pauses goes on from its total, so it is not forgotten at once.
    for (const key of before.keys()) {
      if (before.size <= 2 * cardinalityLimit) break
      before.delete(key)
    }
  }

  let lastTime: HrTime = startTime

  function metricOf(record: ObservationRecord, stream: Stream, values: ObservedValues): MetricData {
    const { kind, unit, description } = record
    const isGauge = kind === 'observableGauge'
    const isMonotonic = kind === 'observableCounter'
    const temporality = temporalityOf(types[kind] as InstrumentType)
    const isDelta = temporality === delta && !isGauge
    const points = pointsOf(isGauge, stream.filter, values)
    if (isDelta) subtract(stream.name, isMonotonic, points)
    const time = { startTime: isDelta ? lastTime : startTime, endTime: now() }
    return {
      descriptor: {
        name: stream.name,
        description: stream.description ?? description,
        unit,
        valueType: double,
      },
      aggregationTemporality: temporality,
      dataPointType: isGauge ? gauge : sum,
      ...(isGauge ? {} : { isMonotonic }),
      dataPoints: [...points.values()].map((point) => ({ ...time, ...point })),
    } as MetricData
  }

  return async (timeoutMs) => {
    const errors: unknown[] = []
    const found = await observe(timeoutMs, errors)
    const metrics = found.flatMap(({ record, values }) =>
      values.length === 0
        ? []
        : streamsOf(record.name, false, views).map((stream) => metricOf(record, stream, values)),
    )
    lastTime = now()
    return { metrics, errors }
  }
}

interface Found {
  readonly record: ObservationRecord
  readonly values: (readonly [value: number, labels: Labels | undefined])[]
}

/** The values of each instrument, from all its callbacks. */
async function observe(timeoutMs: number, errors: unknown[]): Promise<Found[]> {
  const found = new Map<string, Found>()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined)
  })
  const records = [...state().observations]
  await Promise.all(
    records.map(async (record) => {
      // Names are case-insensitive in OpenTelemetry.
      const key = record.name.toLowerCase()
      const instrument = found.get(key) ?? { record, values: [] }
      found.set(key, instrument)
      try {
        const values = await Promise.race([record.run(), late])
        if (values !== undefined) instrument.values.push(...values)
        else errors.push(new Error(`${record.name} has not answered in ${timeoutMs} ms`))
      } catch (error) {
        errors.push(error)
      }
    }),
  )
  clearTimeout(timer)
  return [...found.values()]
}
