import type {
  CollectionResult,
  IMetricReader,
  MetricData,
  MetricProducer,
  PushMetricExporter,
  ResourceMetrics,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics'
import { scopeName } from '../instruments/binding.ts'
import { createDelivery, type DeliveryOptions } from './delivery.ts'
import type { CollectObservations } from './observations.ts'

/** The metrics of this package, which are not in the SDK. */
export interface OwnMetrics {
  /** Those of instruments that are recorded. */
  collect(): MetricData[]
  /** Those of observables. */
  readonly observe: CollectObservations
}

export interface ReaderOptions extends Omit<DeliveryOptions, 'exporter'> {
  readonly exporter?: PushMetricExporter
  readonly intervalMs: number
  /** Maximum time of one callback of an observable. */
  readonly callbackTimeoutMs: number
  readonly cardinalityLimit: number
  /** The metrics of this package. */
  readonly own?: OwnMetrics | undefined
  /** Called with each collection. */
  readonly onCollected: (result: CollectionResult) => void
}

/** Collects on demand and, if it has an exporter, pushes at each interval. */
export interface Reader extends IMetricReader {
  /** Collects what was measured so far. Concurrent calls share one collection. */
  pull(timeoutMs: number): Promise<ResourceMetrics>
}

// The values of these enumerations are part of the SDK's public API, so the SDK need not be loaded.
const defaultAggregation = { type: 0 } as const
const cumulative = 1

/**
 * One reader for push and pull: each measurement then needs one lookup instead of two, and both
 * show the same numbers. It implements the interface of the SDK instead of extending its base
 * class, so that it works with any copy of the SDK, and errors of an exporter go to `onExported`
 * instead of the SDK's global error handler.
 */
export function createReader(options: ReaderOptions): Reader {
  const {
    exporter,
    intervalMs,
    exportTimeoutMs,
    callbackTimeoutMs,
    cardinalityLimit,
    own,
    onCollected,
    onExported = () => {},
  } = options
  const delivery = exporter && createDelivery({ ...options, exporter })
  let producer: MetricProducer | undefined
  let collecting: Promise<ResourceMetrics> | undefined
  let exporting: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function collect(timeoutMs: number): Promise<ResourceMetrics> {
    if (producer === undefined) throw new Error('this reader has no meter provider')
    // A callback that hangs must leave time to export the other values, also before a shutdown.
    const timeoutMillis = Math.min(timeoutMs, callbackTimeoutMs)
    const [result, observed] = await Promise.all([
      producer.collect({ timeoutMillis }),
      own?.observe(timeoutMillis),
    ])
    const { resource, scopeMetrics } = result.resourceMetrics
    const metrics = [...(own?.collect() ?? []), ...(observed?.metrics ?? [])]
    const collected = { resource, scopeMetrics: merged(scopeMetrics, metrics) }
    onCollected({
      resourceMetrics: collected,
      errors: [...result.errors, ...(observed?.errors ?? [])],
    })
    return collected
  }

  function pull(timeoutMs: number): Promise<ResourceMetrics> {
    collecting ??= collect(timeoutMs).finally(() => {
      collecting = undefined
    })
    return collecting
  }

  async function push(): Promise<void> {
    try {
      const collected = await pull(exportTimeoutMs)
      if (collected.scopeMetrics.length > 0) await delivery?.send(collected)
    } catch (error) {
      onExported(error, 0)
    }
  }

  function tick(): Promise<void> {
    if (exporter === undefined) return Promise.resolve()
    exporting ??= push().finally(() => {
      exporting = undefined
    })
    return exporting
  }

  async function flush(): Promise<void> {
    // An export in progress may have been collected before the latest measurement.
    await exporting
    await tick()
    await exporter?.forceFlush()
  }

  return {
    setMetricProducer(metricProducer) {
      producer = metricProducer
      if (exporter) timer = setInterval(() => void tick(), intervalMs).unref()
    },
    selectAggregation: (type) => exporter?.selectAggregation?.(type) ?? defaultAggregation,
    selectAggregationTemporality: (type) =>
      exporter?.selectAggregationTemporality?.(type) ?? cumulative,
    selectCardinalityLimit: () => cardinalityLimit,
    collect: async () => ({ resourceMetrics: await pull(exportTimeoutMs), errors: [] }),
    pull,
    forceFlush: flush,
    async shutdown() {
      clearInterval(timer)
      await flush()
      delivery?.close()
      await exporter?.shutdown()
    },
  }
}

/** Adds metrics of this package to those of the SDK. */
function merged(scopes: readonly ScopeMetrics[], metrics: MetricData[]): ScopeMetrics[] {
  if (metrics.length === 0) return [...scopes]
  const own = scopes.find(({ scope }) => scope.name === scopeName)
  const scope = own?.scope ?? { name: scopeName, version: '' }
  return [
    ...scopes.filter((each) => each !== own),
    { scope, metrics: [...metrics, ...(own?.metrics ?? [])] },
  ]
}

/** Whether Prometheus can be served from the collections for this exporter. */
export function isCumulative(exporter: PushMetricExporter): boolean {
  const types = [
    'COUNTER',
    'GAUGE',
    'HISTOGRAM',
    'UP_DOWN_COUNTER',
    'OBSERVABLE_COUNTER',
    'OBSERVABLE_GAUGE',
    'OBSERVABLE_UP_DOWN_COUNTER',
  ] as const
  return types.every(
    (type) =>
      (exporter.selectAggregationTemporality?.(type as never) ?? cumulative) === cumulative &&
      (exporter.selectAggregation?.(type as never) ?? defaultAggregation).type === 0,
  )
}
