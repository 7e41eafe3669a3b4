import { quietly } from '@clew/internal/telemetry/suppression'
import type {
  CollectionResult,
  IMetricReader,
  MetricProducer,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics'

export interface ReaderOptions {
  readonly exporter?: PushMetricExporter
  readonly intervalMs: number
  readonly exportTimeoutMs: number
  readonly cardinalityLimit: number
  /** Called with each collection. */
  readonly onCollected: (result: CollectionResult) => void
  /** Called after each export, with the error or undefined. */
  readonly onExported?: (error: unknown) => void
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
    cardinalityLimit,
    onCollected,
    onExported = () => {},
  } = options
  let producer: MetricProducer | undefined
  let collecting: Promise<ResourceMetrics> | undefined
  let exporting: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function collect(timeoutMs: number): Promise<ResourceMetrics> {
    if (producer === undefined) throw new Error('this reader has no meter provider')
    const result = await producer.collect({ timeoutMillis: timeoutMs })
    onCollected(result)
    return result.resourceMetrics
  }

  function pull(timeoutMs: number): Promise<ResourceMetrics> {
    collecting ??= collect(timeoutMs).finally(() => {
      collecting = undefined
    })
    return collecting
  }

  async function push(target: PushMetricExporter): Promise<void> {
    try {
      const collected = await pull(exportTimeoutMs)
      if (collected.scopeMetrics.length > 0) {
        await exportTo(target, collected, exportTimeoutMs)
        onExported(undefined)
      }
    } catch (error) {
      onExported(error)
    }
  }

  function tick(): Promise<void> {
    if (exporter === undefined) return Promise.resolve()
    exporting ??= push(exporter).finally(() => {
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
      await exporter?.shutdown()
    },
  }
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

function exportTo(
  exporter: PushMetricExporter,
  collected: ResourceMetrics,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no response in ${timeoutMs} ms`)),
      timeoutMs,
    ).unref()
    quietly(() =>
      exporter.export(collected, ({ code, error }) => {
        clearTimeout(timer)
        if (code === 0) resolve()
        else reject(error ?? new Error('the exporter gave no reason'))
      }),
    )
  })
}
