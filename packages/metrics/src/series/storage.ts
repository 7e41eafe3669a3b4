import type { HrTime } from '@opentelemetry/api'
import type { InstrumentType, MetricData } from '@opentelemetry/sdk-metrics'
import type { Declared, SeriesInstrument, SeriesStorage } from '../instruments/state.ts'
import type { Cell, PointValue } from './cells.ts'
import { now } from './clock.ts'
import { Instrument } from './instrument.ts'
import { Metric } from './metric.ts'
import { type StreamView, streamsOf } from './streams.ts'

/** What a reader wants of each type of instrument. */
export interface SeriesReader {
  /** The AggregationTemporality of the SDK. */
  readonly temporalityOf: (type: InstrumentType) => number
  /** Whether the default aggregation is wanted, which is the only one that is kept here. */
  readonly isDefault: (type: InstrumentType) => boolean
}

export interface StorageOptions {
  readonly views: readonly StreamView[]
  readonly cardinalityLimit: number
  readonly exemplars: boolean
  readonly readers: readonly SeriesReader[]
}

export interface CollectableStorage extends SeriesStorage {
  /** The metrics for one of the readers. */
  collect(reader: SeriesReader): MetricData[]
}

// The values of the SDK's enumerations, which are part of its public API.
const delta = 0
const double = 1
const dataPointTypes = { counter: 3, upDownCounter: 3, gauge: 2, histogram: 0 } as const
const types = {
  counter: 'COUNTER',
  upDownCounter: 'UP_DOWN_COUNTER',
  gauge: 'GAUGE',
  histogram: 'HISTOGRAM',
} as const

/**
 * Keeps the series of the instruments of this package, which are recorded while requests wait. The
 * SDK has those of other instruments, and the histograms that have exponential buckets.
 */
export function createStorage(options: StorageOptions): CollectableStorage {
  const { views, cardinalityLimit, exemplars, readers } = options
  const instruments = new Map<string, Instrument | undefined>()
  // For a delta reader beside others: what it has got already.
  const reported = new Map<SeriesReader, WeakMap<Cell, PointValue>>()
  const lastTimes = new Map<SeriesReader, HrTime>()

  function open(declared: Declared): Instrument | undefined {
    const type = types[declared.kind] as InstrumentType
    const streams = streamsOf(declared.name, declared.kind === 'histogram', views)
    const isKept =
      streams.every(({ boundaries }) => boundaries !== 'exponential') &&
      readers.every(({ isDefault }) => isDefault(type))
    if (!isKept) return undefined
    const metrics = streams.map(
      (stream) => new Metric({ declared, stream, cardinalityLimit, exemplars }),
    )
    return new Instrument(metrics, cardinalityLimit)
  }

  function pointsOf(metric: Metric, reader: SeriesReader): object[] {
    const isDelta = metric.declared.kind !== 'gauge' && temporalityOf(metric, reader) === delta
    const endTime = now()
    const points: object[] = []
    const before = reported.get(reader) ?? new WeakMap<Cell, PointValue>()
    reported.set(reader, before)
    for (const cell of metric.cells.values()) {
      const { labels: attributes, startTime } = cell
      if (!isDelta) {
        points.push({ attributes, startTime, endTime, value: cell.total() })
        continue
      }
      const last = before.get(cell)
      const total = cell.total()
      const value = last === undefined ? total : cell.since(last)
      if (last !== undefined && countOf(value) === 0) continue
      before.set(cell, total)
      const since = last === undefined ? startTime : (lastTimes.get(reader) ?? startTime)
      points.push({ attributes, startTime: since, endTime, value })
    }
    return points
  }

  return {
    hasExemplars: exemplars,
    open(declared): SeriesInstrument | undefined {
      // Names are case-insensitive in OpenTelemetry.
      const key = declared.name.toLowerCase()
      if (!instruments.has(key)) instruments.set(key, open(declared))
      return instruments.get(key)
    },
    collect(reader) {
      const collected: MetricData[] = []
      for (const instrument of instruments.values()) {
        if (instrument === undefined) continue
        // With one reader that wants deltas, the series begin anew, as in the SDK.
        const isEmptied = readers.length === 1
        for (const metric of instrument.metrics) {
          const dataPoints = pointsOf(metric, reader)
          if (dataPoints.length > 0) collected.push(dataOf(metric, reader, dataPoints))
          if (isEmptied && temporalityOf(metric, reader) === delta) {
            metric.cells.clear()
            instrument.forgetWays()
          }
        }
      }
      lastTimes.set(reader, now())
      return collected
    },
  }
}

const temporalityOf = ({ declared }: Metric, reader: SeriesReader) =>
  reader.temporalityOf(types[declared.kind] as InstrumentType)

const countOf = (value: PointValue) => (typeof value === 'number' ? value : value.count)

function dataOf(metric: Metric, reader: SeriesReader, dataPoints: object[]): MetricData {
  const { declared, stream } = metric
  const { kind, unit, description } = declared
  return {
    descriptor: {
      name: stream.name,
      description: stream.description ?? description,
      unit,
      valueType: double,
    },
    aggregationTemporality: temporalityOf(metric, reader),
    dataPointType: dataPointTypes[kind],
    ...(kind === 'counter' || kind === 'upDownCounter' ? { isMonotonic: kind === 'counter' } : {}),
    dataPoints,
  } as never
}
